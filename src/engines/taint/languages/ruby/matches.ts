import type { Expression, Statement } from '../../ir/ir';
import { assign, call, evaluate, literal, member, nameAt, not, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import type { Finish, Host } from './host';
import { localName } from './syntax';

/** Lowers `case … in`. */
export class Matches {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly host: Host,
  ) {}

  /** Whether a value matches a pattern, whose variables are assigned. */
  match(pattern: SyntaxNode, value: Expression): Expression {
    const at = rangeOf(pattern);
    const all = (tests: readonly Expression[]): Expression =>
      tests.reduce<Expression>(
        (left, right) => ({ kind: 'logical', operator: '&&', left, right, ...at }),
        opaque([], at),
      );
    switch (pattern.type) {
      case 'identifier':
        return { kind: 'sequence', values: [assign(this.context.target(pattern), value, at), opaque([], at)], ...at };
      case 'as_pattern': {
        const [inner, name] = [childOf(pattern, 'value'), childOf(pattern, 'name')];
        const test = inner ? this.match(inner, value) : opaque([], at);
        return name ? { kind: 'sequence', values: [assign(this.context.target(name), value, at), test], ...at } : test;
      }
      case 'alternative_pattern':
        return (
          pattern.children
            .map((one) => this.match(one, value))
            .reduce<Expression | undefined>(
              (left, right) => (left ? { kind: 'logical', operator: '||', left, right, ...at } : right),
              undefined,
            ) ?? opaque([], at)
        );
      case 'array_pattern':
      case 'find_pattern': {
        const hasSplat = pattern.children.some(({ type }) => type === 'splat_parameter');
        return all(
          pattern.children
            .filter(({ field }) => field !== 'class')
            .map((one, index) => {
              if (one.type === 'splat_parameter') {
                const name = childOf(one, 'name');
                return name ? this.match({ ...name, type: 'identifier' }, value) : opaque([], at);
              }
              const place: Expression = hasSplat && index > 0 ? opaque([], at) : literal(index, at);
              return this.match(one, { kind: 'index', object: value, index: place, ...rangeOf(one) });
            }),
        );
      }
      case 'hash_pattern':
        return all(
          pattern.children.map((one) => {
            if (one.type === 'hash_splat_parameter') {
              const name = childOf(one, 'name');
              return name ? this.match({ ...name, type: 'identifier' }, value) : opaque([], at);
            }
            if (one.type !== 'keyword_pattern') return opaque([], at);
            const [key, inner] = [childOf(one, 'key'), childOf(one, 'value')];
            if (!key) return opaque([], at);
            const name = this.file.text(key).replace(/^['"]|['"]$/g, '');
            const field: Expression = {
              kind: 'index',
              object: value,
              index: literal(name, at),
              ...rangeOf(one),
            };
            if (inner) return this.match(inner, field);
            this.context.assigns(name);
            return {
              kind: 'sequence',
              values: [assign(nameAt(localName(name), at), field, at), opaque([], at)],
              ...at,
            };
          }),
        );
      case 'parenthesized_pattern':
      case 'pattern':
        return pattern.children[0] ? this.match(pattern.children[0], value) : opaque([], at);
      case 'regex':
        return call(member(value, '=~', at), [{ value: this.host.expression(pattern) }], at);
      case 'constant':
      case 'scope_resolution':
        return call(member(value, 'is_a?', at), [{ value: this.host.expression(pattern) }], at);
      case 'variable_reference_pattern':
      case 'expression_reference_pattern':
        return opaque(
          pattern.children.map((one) => this.host.expression(one)),
          at,
        );
      default:
        return { kind: 'binary', operator: '==', left: value, right: this.host.expression(pattern), ...at };
    }
  }

  caseMatch(node: SyntaxNode, finish?: Finish): Statement[] {
    const value = childOf(node, 'value');
    const subject = nameAt(this.context.helper(), value ? rangeOf(value) : rangeOf(node));
    const clauses = node.children.filter(({ type }) => type === 'in_clause');
    const otherwise = node.children.find(({ type }) => type === 'else');
    const build = (index: number): Statement[] => {
      const one = clauses[index];
      if (!one) return otherwise ? this.host.statements(otherwise.children, finish) : [];
      const pattern = childOf(one, 'pattern');
      const guard = childOf(one, 'guard');
      const matched = pattern ? this.match(pattern, subject) : opaque([], rangeOf(one));
      const condition = guard && childOf(guard, 'condition');
      const guarded = condition && this.host.expression(condition);
      const right = guarded && guard.type === 'unless_guard' ? not(guarded, guarded) : guarded;
      const test: Expression = right
        ? { kind: 'logical', operator: '&&', left: matched, right, ...rangeOf(one) }
        : matched;
      const yes = this.host.statements(childOf(one, 'body')?.children ?? [], finish);
      return [{ kind: 'if', test, yes, no: build(index + 1), ...rangeOf(one) }];
    };
    const assigned = evaluate(
      assign(subject, value ? this.host.expression(value) : opaque([], rangeOf(node)), subject),
    );
    return [assigned, ...build(0)];
  }
}
