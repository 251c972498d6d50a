import type { Expression, Statement } from '../../ir/ir';
import { assign, evaluate, itemOf, literal, member, nameAt, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import type { Host } from './host';
import type { Patterns } from './patterns';

/** Lowers `match`. */
export class Matches {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly patterns: Patterns,
    private readonly host: Host,
  ) {}

  match(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const subjects = node.children.filter(({ field }) => field === 'subject');
    const [only] = subjects;
    if (!only) return [];
    const lowered: Expression =
      subjects.length === 1
        ? this.host.expression(only)
        : { kind: 'list', items: subjects.map((one) => ({ value: this.host.expression(one) })), ...at };
    const isPlace = lowered.kind === 'name' || lowered.kind === 'member';
    const helper = isPlace ? undefined : nameAt(this.context.helper(), rangeOf(only));
    const subject = helper ?? lowered;
    const clauses = (childOf(node, 'body')?.children ?? []).filter(({ type }) => type === 'case_clause');
    const chain = clauses.reduceRight<Statement[]>((no, clause) => {
      const guard = childOf(clause, 'guard');
      const patterns = clause.children.filter(({ type }) => type === 'case_pattern');
      const binds: Expression[] = [];
      const tests = patterns.map((one, index) =>
        this.#matches(one, patterns.length > 1 ? itemOf(subject, index, rangeOf(one)) : subject, binds),
      );
      let test = tests.reduce<Expression>(
        (left, right) => ({ kind: 'logical', operator: '&&', left, right, ...rangeOf(clause) }),
        literal(true, clause),
      );
      if (tests.length === 1 && tests[0]) [test] = tests;
      const guarded = guard?.children.at(-1);
      if (binds.length > 0 || guarded)
        test = {
          kind: 'logical',
          operator: '&&',
          left: test,
          right: {
            kind: 'sequence',
            values: [...binds, guarded ? this.host.expression(guarded) : literal(true, clause)],
            ...rangeOf(clause),
          },
          ...rangeOf(clause),
        };
      return [{ kind: 'if', test, yes: this.host.block(childOf(clause, 'consequence')), no, ...rangeOf(clause) }];
    }, []);
    return helper ? [evaluate(assign(helper, lowered, at)), ...chain] : chain;
  }

  /** Whether a value matches a pattern. @param binds receives the values of its names */
  #matches(node: SyntaxNode, subject: Expression, binds: Expression[]): Expression {
    const at = rangeOf(node);
    const yes: Expression = literal(true, at);
    const bind = (target: SyntaxNode, value: Expression) => {
      if (this.file.text(target) !== '_') binds.push(assign(this.patterns.pattern(target), value, rangeOf(target)));
    };
    switch (node.type) {
      case 'case_pattern': {
        const [inner] = node.children;
        if (!inner) return yes;
        return this.#matches(inner, subject, binds);
      }
      case 'dotted_name': {
        const text = this.file.text(node);
        if (!text.includes('.')) {
          if (text !== '_') binds.push(assign(this.context.target(node), subject, at));
          return yes;
        }
        const [first = '', ...rest] = text.split('.');
        const value = rest.reduce<Expression>((object, key) => member(object, key, at), this.context.read(first, at));
        return { kind: 'binary', operator: '==', left: subject, right: value, ...at };
      }
      case 'string':
      case 'concatenated_string':
      case 'integer':
      case 'float':
      case 'true':
      case 'false':
      case 'none':
        return { kind: 'binary', operator: '==', left: subject, right: this.host.expression(node), ...at };
      case 'union_pattern':
        return node.children
          .map((one) => this.#matches(one, subject, binds))
          .reduce((left, right) => ({ kind: 'logical', operator: '||', left, right, ...at }));
      case 'as_pattern': {
        const [inner] = node.children;
        const alias = childOf(node, 'alias') ?? node.children.at(-1);
        const test = inner ? this.#matches(inner, subject, binds) : yes;
        if (alias) bind(alias, subject);
        return test;
      }
      case 'list_pattern':
      case 'tuple_pattern':
        node.children.forEach((one, index) => {
          const [rest] = one.children;
          if (one.type === 'case_pattern' && rest?.type === 'splat_pattern') {
            const [name] = rest.children;
            if (name) bind(name, subject);
          } else this.#matches(one, itemOf(subject, index, rangeOf(one)), binds);
        });
        return node.children.length === 1 && this.file.text(node).startsWith('(') && !this.file.text(node).includes(',')
          ? yes
          : opaque([], at);
      case 'dict_pattern': {
        const keys = node.children.filter(({ field }) => field === 'key');
        const values = node.children.filter(({ field }) => field === 'value');
        values.forEach((one, index) => {
          const key = keys[index];
          if (key)
            this.#matches(
              one,
              { kind: 'index', object: subject, index: this.host.expression(key), ...rangeOf(one) },
              binds,
            );
        });
        return opaque([], at);
      }
      case 'class_pattern': {
        for (const one of node.children.slice(1)) {
          const inner = one.type === 'case_pattern' ? one.children[0] : one;
          if (inner?.type === 'keyword_pattern') {
            const [key, value] = inner.children;
            if (key && value) this.#matches(value, member(subject, this.file.text(key), rangeOf(value)), binds);
          } else if (inner) this.#matches(inner, subject, binds);
        }
        return opaque([], at);
      }
      default:
        return opaque([], at);
    }
  }
}
