import type { Argument, Expression, Field } from '../../ir/ir';
import { conditional, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Classes } from './classes';
import { unescaped } from './escapes';
import type { Functions } from './functions';
import type { Jsx } from './jsx';
import { typeName, type Names } from './names';
import type { Patterns } from './patterns';
import { leaves } from './syntax';

/** Lowers expressions. */
export class Expressions {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly names: Names,
    private readonly patterns: Patterns,
    private readonly functions: Functions,
    private readonly classes: Classes,
    private readonly jsx: Jsx,
  ) {}

  expression(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    switch (node.type) {
      case 'identifier':
      case 'shorthand_property_identifier':
      case 'type_identifier':
      case 'property_identifier':
      case 'private_property_identifier':
        return node.to - node.from === 9 && this.file.text(node) === 'undefined'
          ? { kind: 'literal', value: undefined, ...at }
          : { kind: 'name', name: this.file.text(node), ...at };
      case 'undefined':
        return { kind: 'literal', value: undefined, ...at };
      case 'this':
      case 'super':
      case 'import':
        return { kind: 'name', name: node.type, ...at };
      case 'string':
        return { kind: 'literal', value: this.names.stringText(node), ...at };
      case 'number':
        return { kind: 'literal', value: Number(this.file.text(node).replace(/_|n$/g, '')), ...at };
      case 'true':
      case 'false':
        return { kind: 'literal', value: node.type === 'true', ...at };
      case 'null':
        return { kind: 'literal', value: null, ...at };
      case 'regex':
        return {
          kind: 'regex',
          source: this.file.textOf(node, 'pattern'),
          flags: this.file.textOf(node, 'flags'),
          ...at,
        };
      case 'template_string':
        return { kind: 'text', parts: this.#parts(node), ...at };
      case 'parenthesized_expression':
        return this.children.first(node);
      case 'member_expression': {
        const object = childOf(node, 'object');
        return {
          kind: 'member',
          object: object ? this.expression(object) : opaque([], at),
          property: this.file.textOf(node, 'property'),
          ...at,
        };
      }
      case 'subscript_expression': {
        const object = childOf(node, 'object');
        const index = childOf(node, 'index');
        const lowered = object ? this.expression(object) : opaque([], at);
        if (index?.type === 'string')
          return { kind: 'member', object: lowered, property: this.names.stringText(index), ...at };
        return { kind: 'index', object: lowered, index: index ? this.expression(index) : opaque([], at), ...at };
      }
      case 'call_expression': {
        const callee = childOf(node, 'function');
        const args = childOf(node, 'arguments');
        const lowered = callee ? this.expression(callee) : opaque([], at);
        if (args?.type === 'template_string') {
          const parts = this.#parts(args);
          const strings: Argument[] = parts.filter(({ kind }) => kind === 'literal').map((value) => ({ value }));
          const values: Argument[] = parts.filter(({ kind }) => kind !== 'literal').map((value) => ({ value }));
          return {
            kind: 'call',
            callee: lowered,
            args: [{ value: { kind: 'list', items: strings, ...rangeOf(args) } }, ...values],
            isNew: false,
            ...at,
          };
        }
        return { kind: 'call', callee: lowered, args: this.#args(args), isNew: false, ...at };
      }
      case 'new_expression': {
        const callee = childOf(node, 'constructor');
        return {
          kind: 'call',
          callee: callee ? this.expression(callee) : opaque([], at),
          args: this.#args(childOf(node, 'arguments')),
          isNew: true,
          ...at,
        };
      }
      case 'object':
        return { kind: 'object', fields: node.children.flatMap((one) => this.#field(one)), ...at };
      case 'array':
        return { kind: 'list', items: node.children.map((one) => this.#argument(one)), ...at };
      case 'function_expression':
      case 'function':
      case 'generator_function':
        return this.functions.function(node, false);
      case 'arrow_function':
        return this.functions.function(node, true);
      case 'class':
        return this.classes.class(node, []);
      case 'await_expression':
      case 'yield_expression': {
        const [value] = node.children;
        return { kind: 'await', value: value ? this.expression(value) : opaque([], at), ...at };
      }
      case 'assignment_expression': {
        const left = childOf(node, 'left');
        const right = childOf(node, 'right');
        return {
          kind: 'assign',
          target: left ? this.patterns.pattern(left) : { ...opaque([], at) },
          value: right ? this.expression(right) : opaque([], at),
          ...at,
        };
      }
      case 'augmented_assignment_expression':
        return this.#augmented(node);
      case 'update_expression': {
        const operand = childOf(node, 'argument');
        const value: Expression = {
          kind: 'unary',
          operator: '+',
          operand: operand ? this.expression(operand) : opaque([], at),
          ...at,
        };
        return operand ? { kind: 'assign', target: this.patterns.pattern(operand), value, ...at } : value;
      }
      case 'binary_expression':
        return this.#binary(node);
      case 'unary_expression': {
        const operand = childOf(node, 'argument');
        return {
          kind: 'unary',
          operator: this.file.textOf(node, 'operator'),
          operand: operand ? this.expression(operand) : opaque([], at),
          ...at,
        };
      }
      case 'ternary_expression': {
        const [test, yes, no] = ['condition', 'consequence', 'alternative'].map((field) => childOf(node, field));
        if (!test || !yes || !no) return this.#opaque(node);
        return conditional(this.expression(test), this.expression(yes), this.expression(no), at);
      }
      case 'sequence_expression':
        return { kind: 'sequence', values: node.children.map((one) => this.expression(one)), ...at };
      case 'as_expression':
      case 'satisfies_expression': {
        const [value, type] = node.children;
        const name = type && typeName(this.file.text(type));
        if (!value) return opaque([], at);
        const lowered = this.expression(value);
        return name === undefined || node.type === 'satisfies_expression'
          ? lowered
          : { kind: 'typed', value: lowered, type: name, ...at };
      }
      case 'non_null_expression':
      case 'instantiation_expression':
        return this.children.first(node);
      case 'type_assertion': {
        const value = node.children.at(-1);
        return value ? this.expression(value) : opaque([], at);
      }
      case 'jsx_element':
      case 'jsx_self_closing_element':
        return this.jsx.element(node);
      case 'spread_element':
      case 'decorator':
        return this.children.first(node);
      default:
        return this.#opaque(node);
    }
  }

  #opaque(node: SyntaxNode): Expression {
    const parts = node.children
      .filter(({ isNamed, type }) => isNamed && !leaves.has(type))
      .map((one) => this.expression(one));
    return { kind: 'opaque', parts, ...rangeOf(node) };
  }

  #augmented(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const left = childOf(node, 'left');
    const right = childOf(node, 'right');
    if (!left || !right) return this.#opaque(node);
    const operator = this.file.textOf(node, 'operator').slice(0, -1);
    const value = this.expression(right);
    if (operator === '||' || operator === '&&' || operator === '??')
      return { kind: 'assign', target: this.patterns.pattern(left), value, operator, ...at };
    const old = this.expression(left);
    return {
      kind: 'assign',
      target: this.patterns.pattern(left),
      value:
        operator === '+'
          ? { kind: 'text', parts: [old, value], ...at }
          : { kind: 'binary', operator, left: old, right: value, ...at },
      ...at,
    };
  }

  #binary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const left = childOf(node, 'left');
    const right = childOf(node, 'right');
    const operator = childOf(node, 'operator');
    if (!left || !right || !operator) return this.#opaque(node);
    if (operator.type === '+') {
      // Long concatenations nest to the left. They are walked in a loop, since they can be thousands of parts deep.
      const parts: SyntaxNode[] = [right];
      let rest = left;
      for (;;) {
        const [inner, last] = [childOf(rest, 'left'), childOf(rest, 'right')];
        if (rest.type !== 'binary_expression' || childOf(rest, 'operator')?.type !== '+' || !inner || !last) break;
        parts.push(last);
        rest = inner;
      }
      parts.push(rest);
      return { kind: 'text', parts: parts.reverse().map((one) => this.expression(one)), ...at };
    }
    const operands = { left: this.expression(left), right: this.expression(right), ...at };
    if (operator.type === '&&' || operator.type === '||' || operator.type === '??')
      return { kind: 'logical', operator: operator.type, ...operands };
    return { kind: 'binary', operator: operator.type, ...operands };
  }

  #parts(node: SyntaxNode): Expression[] {
    return node.children.map((one): Expression => {
      if (one.type === 'template_substitution') return this.children.first(one);
      return { kind: 'literal', value: unescaped(this.file.text(one)), ...rangeOf(one) };
    });
  }

  #args(node: SyntaxNode | undefined): Argument[] {
    return (node?.children ?? []).map((one) => this.#argument(one));
  }

  #argument(node: SyntaxNode): Argument {
    return node.type === 'spread_element'
      ? { value: this.children.first(node), spread: 'list' }
      : { value: this.expression(node) };
  }

  #field(node: SyntaxNode): Field[] {
    switch (node.type) {
      case 'pair': {
        const [key, value] = [childOf(node, 'key'), childOf(node, 'value')];
        return key && value ? [{ key: this.names.key(key), value: this.functions.namedBy(value, key) }] : [];
      }
      case 'shorthand_property_identifier':
        return [{ key: this.file.text(node), value: this.expression(node) }];
      case 'spread_element':
        return [{ value: this.children.first(node) }];
      case 'method_definition': {
        const key = childOf(node, 'name');
        const value = this.functions.function(node, false);
        if (!key) return [];
        const isGetter = /^(?:static\s+)?get\s/.test(this.file.source.slice(node.from, key.from));
        // A getter's result is the field.
        return [
          {
            key: this.names.key(key),
            value: isGetter ? { kind: 'call', callee: value, args: [], isNew: false, ...rangeOf(node) } : value,
          },
        ];
      }
      default:
        return [];
    }
  }
}
