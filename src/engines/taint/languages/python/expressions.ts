import type { Argument, Expression, Field } from '../../ir/ir';
import { assign, call, joinedText, literal, member, nameAt, not, opaque, rangeOf, typed } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Calls } from './calls';
import type { Comprehensions } from './comprehensions';
import type { Context } from './context';
import { yielded, type Functions } from './functions';
import { percentParts } from './literals';
import type { Patterns } from './patterns';
import { formatted, type Strings } from './strings';
import { isText, lastName } from './syntax';
import { typeName } from './types';

/** Lowers expressions. */
export class Expressions {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly patterns: Patterns,
    private readonly functions: Functions,
    private readonly comprehensions: Comprehensions,
    private readonly strings: Strings,
    private readonly calls: Calls,
  ) {}

  expression(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    switch (node.type) {
      case 'identifier':
      case 'keyword_identifier':
        return this.context.read(this.file.text(node), at);
      case 'true':
      case 'false':
        return literal(node.type === 'true', at);
      case 'none':
        return literal(null, at);
      case 'ellipsis':
        return opaque([], at);
      case 'integer':
      case 'float': {
        const text = this.file.text(node).replace(/_|[lL]$/g, '');
        const value = Number(/^0\d/.test(text) ? text.replace(/^0+(?=\d)/, '') : text);
        return Number.isNaN(value) ? opaque([], at) : literal(value, at);
      }
      case 'string':
        return this.strings.string(node);
      case 'concatenated_string':
        return joinedText(
          node.children.map((one) => this.expression(one)),
          at,
        );
      case 'parenthesized_expression':
      case 'await':
      case 'type':
        return this.children.first(node);
      case 'attribute':
        return this.#attribute(node);
      case 'subscript':
        return this.#subscript(node);
      case 'call':
        return this.calls.call(node);
      case 'list':
      case 'tuple':
      case 'set':
      case 'expression_list':
      case 'pattern_list':
      case 'tuple_pattern':
      case 'list_pattern':
        return { kind: 'list', items: node.children.map((one) => this.calls.argument(one)), ...at };
      case 'dictionary':
        return { kind: 'object', fields: node.children.flatMap((one) => this.#field(one)), ...at };
      case 'list_comprehension':
      case 'set_comprehension':
      case 'generator_expression':
      case 'dictionary_comprehension':
        return this.comprehensions.comprehension(node);
      case 'binary_operator':
        return this.#binary(node);
      case 'boolean_operator': {
        const [left, right, operator] = [childOf(node, 'left'), childOf(node, 'right'), childOf(node, 'operator')];
        if (!left || !right) return this.children.opaque(node);
        return {
          kind: 'logical',
          operator: operator?.type === 'or' ? '||' : '&&',
          left: this.expression(left),
          right: this.expression(right),
          ...at,
        };
      }
      case 'comparison_operator':
        return this.#comparison(node);
      case 'not_operator': {
        const operand = childOf(node, 'argument') ?? node.children[0];
        return operand ? not(this.expression(operand), at) : opaque([], at);
      }
      case 'unary_operator': {
        const operand = childOf(node, 'argument');
        const operator = childOf(node, 'operator')?.type ?? '-';
        return operand ? { kind: 'unary', operator, operand: this.expression(operand), ...at } : opaque([], at);
      }
      case 'conditional_expression': {
        const [yes, test, no] = node.children;
        if (!yes || !test || !no) return this.children.opaque(node);
        const lowered = this.expression(test);
        return { kind: 'conditional', test: lowered, yes: this.expression(yes), no: this.expression(no), ...at };
      }
      case 'named_expression': {
        const [name, value] = [childOf(node, 'name'), childOf(node, 'value')];
        return name && value
          ? assign(this.context.target(name), this.expression(value), at)
          : this.children.opaque(node);
      }
      case 'assignment':
        return this.#assignment(node);
      case 'augmented_assignment':
        return this.#augmented(node);
      case 'lambda':
        return this.functions.function(node, [], false);
      case 'yield':
        return this.#yield(node);
      case 'as_pattern':
      case 'list_splat':
      case 'dictionary_splat':
      case 'parenthesized_list_splat':
        return this.children.first(node);
      case 'keyword_argument':
        return this.children.child(node, 'value');
      default:
        return this.children.opaque(node);
    }
  }

  #attribute(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [object, name] = [childOf(node, 'object'), childOf(node, 'attribute')];
    if (!object || !name) return this.children.opaque(node);
    if (this.context.dotted.size > 0 && node.to - node.from < 120) {
      const text = this.file.text(node).replace(/\s/g, '');
      if (this.context.dotted.has(text)) return nameAt(text, at);
    }
    return member(this.expression(object), this.file.text(name), at);
  }

  #subscript(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const object = childOf(node, 'value');
    const indexes = node.children.filter(({ field }) => field === 'subscript');
    const [index] = indexes;
    if (!object || !index) return this.children.opaque(node);
    const lowered = this.expression(object);
    if (index.type === 'slice')
      return call(
        member(lowered, '__getslice__', at),
        index.children.map((one) => ({ value: this.expression(one) })),
        at,
      );
    if (indexes.length > 1)
      return {
        kind: 'index',
        object: lowered,
        index: opaque(
          indexes.map((one) => this.expression(one)),
          at,
        ),
        ...at,
      };
    return { kind: 'index', object: lowered, index: this.#index(index), ...at };
  }

  /** A negative index counts from the end, so it may be any item. */
  #index(node: SyntaxNode): Expression {
    return node.type === 'unary_operator' ? opaque([this.expression(node)], rangeOf(node)) : this.expression(node);
  }

  #field(node: SyntaxNode): Field[] {
    if (node.type === 'dictionary_splat') return node.children[0] ? [{ value: this.expression(node.children[0]) }] : [];
    const [key, value] = [childOf(node, 'key'), childOf(node, 'value')];
    if (!key || !value) return [];
    const lowered = this.expression(key);
    const isKnown =
      lowered.kind === 'literal' && (typeof lowered.value === 'string' || typeof lowered.value === 'number');
    return [{ key: isKnown ? String(lowered.value) : lowered, value: this.expression(value) }];
  }

  #binary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    const operator = childOf(node, 'operator')?.type ?? '';
    if (!left || !right) return this.children.opaque(node);
    const isOfNumbers = /^(?:integer|float)$/.test(left.type) || /^(?:integer|float)$/.test(right.type);
    if (operator === '+') return this.strings.sum(node);
    if (operator === '%' && !isOfNumbers) {
      const format = this.expression(left);
      const list = right.type === 'tuple' ? right.children : [right];
      if (format.kind === 'literal' && typeof format.value === 'string') {
        if (right.type === 'dictionary')
          return formatted(
            percentParts(format.value),
            right.children.flatMap((one): Argument[] => {
              const [field] = this.#field(one);
              return field ? [{ value: field.value, ...(typeof field.key === 'string' && { name: field.key }) }] : [];
            }),
            at,
          );
        return formatted(
          percentParts(format.value),
          list.map((one) => this.calls.argument(one)),
          at,
        );
      }
      return joinedText([format, ...list.map((one) => this.expression(one))], at);
    }
    const operands = [this.expression(left), this.expression(right)] as const;
    if (operator === '/' && !isOfNumbers)
      return call(member(operands[0], '__truediv__', at), [{ value: operands[1] }], at);
    if (operator === '|' && !isOfNumbers) return call(member(operands[0], '__or__', at), [{ value: operands[1] }], at);
    // A repeated text is treated as the text.
    if (operator === '*' && (isText(left) || isText(right) || left.type === 'list'))
      return isText(right) ? operands[1] : operands[0];
    return { kind: 'binary', operator, left: operands[0], right: operands[1], ...at };
  }

  #comparison(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const operators = node.children.filter(({ field }) => field === 'operators');
    const operands = node.children.filter(({ field }) => field !== 'operators');
    const lowered = operands.map((one) => this.expression(one));
    const pairs = operators.flatMap((operator, index): Expression[] => {
      const [left, right] = [lowered[index], lowered[index + 1]];
      if (!left || !right) return [];
      const text = this.file.text(operator).replace(/\s+/g, ' ');
      if (text === 'in' || text === 'not in') {
        // `folder in path.parents`.
        const isParent = right.kind === 'member' && right.property === 'parents';
        const contains = isParent
          ? call(nameAt('$isInside', at), [{ value: right.object }], at)
          : call(member(right, '__contains__', at), [{ value: left }], at);
        return [text === 'in' ? contains : not(contains, at)];
      }
      const inside = this.#inside(left, right);
      if (inside && /^[!=]=$/.test(text)) {
        const said = call(nameAt('$isInside', at), inside, at);
        return [text === '==' ? said : not(said, at)];
      }
      const same = text === 'is' ? '==' : text === 'is not' || text === '<>' ? '!=' : text;
      return [{ kind: 'binary', operator: same, left, right, ...at }];
    });
    return pairs.length === 0
      ? this.children.opaque(node)
      : pairs.reduce((left, right) => ({ kind: 'logical', operator: '&&', left, right, ...at }));
  }

  /** The paths of `os.path.commonpath([path, folder])`, which is compared with the folder. */
  #inside(...sides: readonly Expression[]): readonly Argument[] | undefined {
    for (const side of sides) {
      if (side.kind !== 'call' || !/^common(?:path|prefix)$/.test(lastName(side.callee))) continue;
      const [paths] = side.args;
      if (paths?.value.kind === 'list') return paths.value.items;
    }
    return undefined;
  }

  #assignment(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
    if (!left || !right) return this.children.opaque(node);
    const lowered = this.expression(right);
    const type = childOf(node, 'type');
    const name = type && typeName(this.file.text(type));
    let value: Expression = name === undefined ? lowered : typed(lowered, name, at);
    if (this.context.isTop() && left.type === 'identifier') {
      // Functions may fill it, or assign it.
      if (value.kind === 'list' && value.items.length === 0)
        value = { ...value, items: [{ value: opaque([], at), spread: 'list' }] };
      else if (value.kind === 'object' && value.fields.length === 0)
        value = { ...value, fields: [{ value: opaque([], at) }] };
      if (this.context.globals.has(this.file.text(left)))
        value = { kind: 'logical', operator: '??', left: value, right: opaque([], at), ...at };
    }
    return assign(this.patterns.pattern(left), value, at);
  }

  #augmented(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right, operator] = [childOf(node, 'left'), childOf(node, 'right'), childOf(node, 'operator')];
    if (!left || !right) return this.children.opaque(node);
    const [old, more] = [this.expression(left), this.expression(right)];
    const value: Expression =
      operator?.type === '+='
        ? /^(?:integer|float)$/.test(right.type)
          ? joinedText([old, more], at)
          : this.strings.added([left, right], [old, more], at)
        : operator?.type === '%='
          ? joinedText([old, more], at)
          : operator?.type === '|=' || operator?.type === '/='
            ? call(member(old, operator.type === '|=' ? '__or__' : '__truediv__', at), [{ value: more }], at)
            : operator?.type === '??='
              ? more
              : { kind: 'binary', operator: operator?.type.slice(0, -1) ?? '', left: old, right: more, ...at };
    return assign(this.patterns.pattern(left), value, at);
  }

  #yield(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [value] = node.children;
    const lowered: Expression = value ? this.expression(value) : literal(null, at);
    const { yields } = this.context.frame;
    if (yields === undefined) return lowered;
    if (yields === 'value') return assign(nameAt(yielded, at), lowered, at);
    const isFrom = /^yield\s+from\b/.test(this.file.source.slice(node.from, node.from + 20));
    const item: Expression = isFrom ? { kind: 'index', object: lowered, index: opaque([], at), ...at } : lowered;
    return assign({ kind: 'index', object: nameAt(yielded, at), index: opaque([], at), ...at }, item, at);
  }
}
