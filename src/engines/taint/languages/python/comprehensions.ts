import type { Expression, Pattern } from '../../ir/ir';
import { assign, call, literal, nameAt, not, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import type { Host } from './host';
import type { Patterns } from './patterns';

/** The clauses of a comprehension. */
interface Clauses {
  /** Binds its variables. */
  readonly before: readonly Expression[];
  readonly tests: readonly Expression[];
  /** Expressions that are evaluated outside of it. */
  readonly outside: readonly Expression[];
  /** Its variables. */
  readonly own: readonly string[];
}

/** Lowers comprehensions. */
export class Comprehensions {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly patterns: Patterns,
    private readonly host: Host,
  ) {}

  /** A single iteration, since iterations do not depend on each other. */
  comprehension(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const body = childOf(node, 'body') ?? node.children[0];
    if (!body) return opaque([], at);
    const result = nameAt(this.context.helper(), at);
    const { before, tests, outside, own } = this.#clauses(node);
    const isMap = node.type === 'dictionary_comprehension';
    const [key, value] = [childOf(body, 'key'), childOf(body, 'value')];
    const stored: Expression = assign(
      {
        kind: 'index',
        object: result,
        index: isMap && key ? this.host.expression(key) : opaque([], at),
        ...at,
      },
      isMap && value ? this.host.expression(value) : this.host.expression(body),
      at,
    );
    const guarded = tests.reduceRight<Expression>(
      (yes, test) => ({ kind: 'conditional', test, yes, no: literal(null, at), ...at }),
      stored,
    );
    const empty: Expression = isMap ? { kind: 'object', fields: [], ...at } : { kind: 'list', items: [], ...at };
    const made: Expression = {
      kind: 'sequence',
      own,
      values: [assign(result, empty, at), ...before, guarded, result],
      ...at,
    };
    return outside.length > 0 ? { kind: 'sequence', values: [...outside, made], ...at } : made;
  }

  quantified(node: SyntaxNode, how: 'any' | 'all'): Expression {
    const at = rangeOf(node);
    const body = childOf(node, 'body') ?? node.children[0];
    const { before, tests, outside, own } = this.#clauses(node);
    const said = body ? this.host.expression(body) : opaque([], at);
    const value = tests.reduceRight<Expression>(
      (right, left) =>
        how === 'any'
          ? { kind: 'logical', operator: '&&', left, right, ...at }
          : { kind: 'logical', operator: '||', left: not(left, at), right, ...at },
      said,
    );
    const [only] = before;
    const items = only?.kind === 'assign' && before.length === 1 ? knownItems(only.value) : undefined;
    if (!items || only?.kind !== 'assign') {
      const all: Expression = { kind: 'sequence', own, values: [...before, value], ...at };
      return outside.length > 0 ? { kind: 'sequence', values: [...outside, all], ...at } : all;
    }
    const characters = items.map((item) => (item.kind === 'literal' ? item.value : undefined));
    if (
      how === 'any' &&
      said.kind === 'call' &&
      said.callee.kind === 'member' &&
      said.callee.property === '__contains__' &&
      characters.every((one) => typeof one === 'string' && one.length === 1)
    ) {
      // Whether it contains any of these characters.
      const set = characters.map((one) => `\\u${String(one).charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
      const pattern: Expression = { kind: 'regex', source: `[${set}]`, flags: 'u', ...at };
      return call(nameAt('$hasAnyOf', at), [{ value: said.callee.object }, { value: pattern }], at);
    }
    // One result for each of a few known items.
    return items
      .map((item): Expression => ({ kind: 'sequence', own, values: [{ ...only, value: item }, value], ...at }))
      .reduce((left, right) => ({ kind: 'logical', operator: how === 'any' ? '||' : '&&', left, right, ...at }));
  }

  #clauses(node: SyntaxNode): Clauses {
    const before: Expression[] = [];
    const tests: Expression[] = [];
    const outside: Expression[] = [];
    const own = new Set<string>();
    for (const { type, children } of node.children)
      if (type === 'for_in_clause') for (const one of children) if (one.field === 'left') this.#namesIn(one, own);
    for (const one of node.children) {
      if (one.type === 'for_in_clause') {
        const [left, right] = [childOf(one, 'left'), one.children.filter(({ field }) => field === 'right').at(-1)];
        if (!left || !right) continue;
        let object = this.host.expression(right);
        // The first iterable is evaluated outside the scope of the variables.
        if (before.length === 0 && this.#mentions(right, own)) {
          const helper = nameAt(this.context.helper(), rangeOf(right));
          outside.push(assign(helper, object, rangeOf(right)));
          object = helper;
        }
        const item: Expression = {
          kind: 'index',
          object,
          index: opaque([], rangeOf(right)),
          ...rangeOf(right),
        };
        before.push(assign(this.#clausePattern(left), item, rangeOf(one)));
      } else if (one.type === 'if_clause' && one.children[0]) tests.push(this.host.expression(one.children[0]));
    }
    return { before, tests, outside, own: [...own] };
  }

  /** The names that a pattern binds. */
  #namesIn(node: SyntaxNode, names: Set<string>): void {
    if (node.type === 'identifier') names.add(this.file.text(node));
    else if (isListPattern(node)) for (const one of node.children) this.#namesIn(one, names);
  }

  /** Whether an expression uses one of some names. */
  #mentions(node: SyntaxNode, names: ReadonlySet<string>): boolean {
    return node.type === 'identifier'
      ? names.has(this.file.text(node))
      : node.children.some((one) => this.#mentions(one, names));
  }

  #clausePattern(node: SyntaxNode): Pattern {
    if (node.type === 'identifier') return nameAt(this.file.text(node), rangeOf(node));
    if (isListPattern(node))
      return {
        kind: 'listPattern',
        items: node.children.map((one) => ({ target: this.#clausePattern(one) })),
        ...rangeOf(node),
      };
    return this.patterns.pattern(node);
  }
}

/** Whether it is a pattern with several items. */
function isListPattern({ type }: SyntaxNode): boolean {
  return /^(?:tuple|list|pattern|expression|tuple_pattern|list_pattern|pattern_list)/.test(type);
}

/** The items of the literal that a comprehension iterates over. */
function knownItems(item: Expression): readonly Expression[] | undefined {
  if (item.kind !== 'index') return undefined;
  const { object } = item;
  const isFew = (count: number) => count > 0 && count <= 16;
  if (
    object.kind === 'list' &&
    isFew(object.items.length) &&
    object.items.every(({ value }) => value.kind === 'literal')
  )
    return object.items.map(({ value }) => value);
  if (object.kind === 'literal' && typeof object.value === 'string' && isFew(object.value.length))
    return Array.from(object.value, (value) => ({ ...object, value }));
  return undefined;
}
