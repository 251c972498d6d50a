import type { Expression, Range, Statement } from '../../ir/ir';
import {
  assign,
  call,
  conditional,
  declareAt,
  evaluate,
  functionOf,
  literal,
  nameAt,
  opaque,
  rangeOf,
  returned,
} from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Assignments } from './assignments';
import type { Context } from './context';
import type { Host } from './host';
import type { Names } from './names';
import { listOf } from './syntax';

/** Lowers `for`. */
export class Loops {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly names: Names,
    private readonly assignments: Assignments,
    private readonly host: Host,
  ) {}

  for(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    return this.context.scoped(() => {
      const body = childOf(node, 'body');
      const range = node.children.find(({ type }) => type === 'range_clause');
      if (range) return this.#range(range, body, at);
      const clause = node.children.find(({ type }) => type === 'for_clause');
      const initializer = clause && childOf(clause, 'initializer');
      const condition = clause
        ? childOf(clause, 'condition')
        : node.children.find((one) => one.isNamed && one.field !== 'body');
      const update = clause && childOf(clause, 'update');
      const init = initializer ? this.host.statement(initializer) : [];
      const test = condition && this.host.expression(condition);
      const statements = this.host.block(body);
      const updates = update ? this.host.statement(update) : [];
      const values = updates.flatMap((one) => (one.kind === 'evaluate' ? [one.value] : []));
      const after: Expression | undefined = values.length > 1 ? { kind: 'sequence', values, ...at } : values[0];
      return [
        {
          kind: 'loop',
          init,
          ...(test && { test }),
          ...(after && { update: after }),
          body: statements,
          isPost: false,
          ...at,
        },
      ];
    });
  }

  #range(node: SyntaxNode, body: SyntaxNode | undefined, at: Range): Statement[] {
    const left = listOf(childOf(node, 'left'));
    const right = childOf(node, 'right');
    const [key, item] = left;
    const before: Statement[] = [];
    let collection = right ? this.host.expression(right) : opaque([], at);
    const isDeclaration =
      right !== undefined && this.file.source.slice(left.at(-1)?.to ?? node.from, right.from).includes(':=');
    if (collection.kind !== 'name') {
      const name = this.context.fresh();
      before.push(declareAt(name, collection, at));
      collection = nameAt(name, at);
    }
    // Ranging over a function calls its parameter with each item.
    if (right?.type === 'call_expression') {
      const [items, taken] = [this.context.fresh(), this.context.fresh()];
      before.push(declareAt(items, { kind: 'list', items: [], ...at }, at));
      const add = (name: string) =>
        evaluate(call(nameAt('$send', at), [{ value: nameAt(items, at) }, { value: nameAt(name, at) }], at), at);
      const collect = functionOf(
        '',
        [{ pattern: nameAt(`${taken}a`, at) }, { pattern: nameAt(`${taken}b`, at) }],
        [add(item ? `${taken}b` : `${taken}a`), returned(literal(true, at), at)],
        node,
      );
      before.push(evaluate(call(collection, [{ value: { ...collect, isArrow: true } }], at), at));
      collection = { kind: 'conditional', test: opaque([], at), yes: collection, no: nameAt(items, at), ...at };
    }
    const isFunction = right?.type === 'call_expression';
    const target = this.context.fresh();
    const checked = this.#dotsChecked(right, item, body);
    const after: Statement[] = checked
      ? [
          {
            kind: 'if',
            test: call(
              nameAt('$contains', at),
              [{ value: this.host.expression(checked) }, { value: literal('..', at) }],
              at,
            ),
            yes: [{ kind: 'throw', value: literal(null, at), ...at }],
            no: [],
            ...at,
          },
        ]
      : [];
    const start: Statement[] = [];
    const set = (pattern: SyntaxNode | undefined, value: Expression): void => {
      if (!pattern || this.names.isBlank(pattern)) return;
      if (isDeclaration) {
        this.context.scopes.declare(this.file.text(pattern), {});
        start.push(declareAt(this.file.text(pattern), value, rangeOf(pattern)));
      } else start.push(evaluate(assign(this.assignments.pattern(pattern), value, rangeOf(pattern)), rangeOf(pattern)));
    };
    const own: Range = key ? rangeOf(item ?? key) : at;
    const isOfNumbers = right !== undefined && /^(?:int_literal|unary_expression)$/.test(right.type);
    const keyOf = (): Expression =>
      isOfNumbers || right?.type === 'slice_expression'
        ? { kind: 'typed', value: opaque([], at), type: 'number', ...at }
        : opaque([collection.kind === 'name' ? collection : opaque([], at)], at);
    if (item) {
      if (
        !this.names.isBlank(item) &&
        isDeclaration &&
        !this.context.scopes.find(this.file.text(item)) &&
        !this.names.declared.has(this.file.text(item))
      ) {
        this.context.scopes.declare(this.file.text(item), {});
        set(key, keyOf());
        return [
          ...before,
          {
            kind: 'forEach',
            target: nameAt(this.file.text(item), own),
            of: 'items',
            collection,
            body: [...start, ...this.host.block(body)],
            ...at,
          },
          ...after,
        ];
      }
      set(item, nameAt(target, own));
      set(key, keyOf());
    } else if (key) {
      // For a channel or a function, it is the item; otherwise, the key.
      const isItem = isFunction || right?.type === 'identifier' || right?.type === 'selector_expression';
      set(
        key,
        isItem
          ? conditional(opaque([], at), call(nameAt('$received', at), [{ value: collection }], at), keyOf(), at)
          : keyOf(),
      );
      if (isFunction) start[start.length - 1] = declareAt(this.file.text(key), nameAt(target, own), own);
    }
    return [
      ...before,
      {
        kind: 'forEach',
        target: nameAt(target, own),
        of: 'items',
        collection,
        body: [...start, ...this.host.block(body)],
        ...at,
      },
      ...after,
    ];
  }

  /** The text whose parts are each compared with `..` in a loop that exits if one is equal. */
  #dotsChecked(
    collection: SyntaxNode | undefined,
    item: SyntaxNode | undefined,
    body: SyntaxNode | undefined,
  ): SyntaxNode | undefined {
    if (collection?.type !== 'call_expression' || !item || !body) return undefined;
    const called = this.names.called(childOf(collection, 'function'));
    if (called === undefined || !/^strings\.(?:Split|SplitN|SplitSeq|FieldsFunc)$/.test(called)) return undefined;
    const pattern = new RegExp(`^\\{\\s*if ${this.file.text(item)} == ["\`]\\.\\.["\`] \\{\\s*return\\b`);
    const [argument] = childOf(collection, 'arguments')?.children ?? [];
    return pattern.test(this.file.text(body)) ? argument : undefined;
  }
}
