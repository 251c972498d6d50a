import type { Expression, Pattern } from '../../ir/ir';
import { call, isNumber, literal, member, nameAt, opaque, rangeOf, typed } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import { operandsOf } from '../shared/operands';
import type { SourceFile } from '../shared/sourceFile';
import type { Calls } from './calls';
import type { Context } from './context';
import type { Functions } from './functions';
import { characterOf, numberOf, stringOf } from './literals';
import { builders, numbers, uninformative } from './names';
import type { Patterns } from './patterns';
import type { Statements } from './statements';
import type { Types } from './types';
import type { Variables } from './variables';

/** Lowers expressions. */
export class Expressions {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly types: Types,
    private readonly variables: Variables,
    private readonly functions: Functions,
    private readonly patterns: Patterns,
    private readonly statements: Statements,
    private readonly calls: Calls,
  ) {}

  expression(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    switch (node.type) {
      case 'identifier':
        return this.variables.identifier(this.file.text(node), at);
      case 'this':
      case 'super':
        return nameAt(node.type, at);
      case 'string_literal':
        return literal(stringOf(this.file.text(node)), at);
      case 'character_literal':
        return literal(characterOf(this.file.text(node)), at);
      case 'true':
      case 'false':
        return literal(node.type === 'true', at);
      case 'null_literal':
        return literal(null, at);
      case 'decimal_integer_literal':
      case 'hex_integer_literal':
      case 'octal_integer_literal':
      case 'binary_integer_literal':
      case 'decimal_floating_point_literal':
      case 'hex_floating_point_literal':
        return literal(numberOf(this.file.text(node)), at);
      case 'parenthesized_expression':
        return this.children.first(node);
      case 'assignment_expression':
        return this.#assignment(node);
      case 'binary_expression':
        return this.#binary(node);
      case 'unary_expression': {
        const operator = childOf(node, 'operator');
        return {
          kind: 'unary',
          operator: operator ? this.file.text(operator) : '-',
          operand: this.children.child(node, 'operand'),
          ...at,
        };
      }
      case 'update_expression': {
        const target = this.#target(node.children.find(({ isNamed }) => isNamed));
        const operator = this.file.text(node).includes('++') ? '+' : '-';
        const old: Expression =
          target.kind === 'name' || target.kind === 'member' || target.kind === 'index' ? target : opaque([], at);
        return {
          kind: 'assign',
          target,
          value: { kind: 'binary', operator, left: old, right: opaque([], at), ...at },
          ...at,
        };
      }
      case 'instanceof_expression':
        return this.patterns.instanceOf(node);
      case 'ternary_expression':
        return this.children.conditional(node);
      case 'cast_expression': {
        const value = this.children.child(node, 'value');
        const type = this.types.typeName(childOf(node, 'type'));
        if (type === 'number') return call(nameAt('number$', at), [{ value }], at);
        return type === undefined ? value : typed(value, type, at);
      }
      case 'field_access':
        return this.#fieldAccess(node);
      case 'array_access':
        return {
          kind: 'index',
          object: this.children.child(node, 'array'),
          index: this.children.child(node, 'index'),
          ...at,
        };
      case 'method_invocation':
        return this.calls.invocation(node);
      case 'object_creation_expression':
        return this.calls.creation(node);
      case 'array_creation_expression': {
        const value = childOf(node, 'value');
        if (value) return this.expression(value);
        const parts = node.children
          .filter(({ type }) => type === 'dimensions_expr')
          .map((one) => this.children.first(one));
        return { kind: 'sequence', values: [...parts, { kind: 'list', items: [], ...at }], ...at };
      }
      case 'array_initializer':
      case 'element_value_array_initializer':
        return { kind: 'list', items: node.children.map((one) => ({ value: this.expression(one) })), ...at };
      case 'annotation':
      case 'marker_annotation':
        return this.functions.annotation(node);
      case 'lambda_expression':
        return this.functions.lambda(node);
      case 'method_reference':
        return this.functions.reference(node);
      case 'switch_expression': {
        const body = this.context.inFunction(() => this.statements.switch(node, true));
        return {
          kind: 'call',
          callee: { kind: 'function', name: 'switch', params: [], body, isArrow: true, decorators: [], ...at },
          args: [],
          isNew: false,
          ...at,
        };
      }
      case 'class_literal':
        return node.children[0]
          ? member(
              /_type$/.test(node.children[0].type) && node.children[0].type !== 'scoped_type_identifier'
                ? nameAt('Object', at)
                : this.types.typeExpression(node.children[0]),
              'class',
              at,
            )
          : opaque([], at);
      case 'template_expression':
        return { kind: 'text', parts: node.children.map((one) => this.expression(one)), ...at };
      case 'explicit_constructor_invocation':
        return opaque([], at);
      case 'type_identifier':
      case 'scoped_type_identifier':
      case 'generic_type':
      case 'array_type':
        return opaque([], at);
      default:
        return opaque(
          node.children
            .filter(({ isNamed, type }) => isNamed && !/_type$|^type_|^modifiers$/.test(type))
            .map((one) => this.expression(one)),
          at,
        );
    }
  }

  #fieldAccess(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const object = childOf(node, 'object');
    const field = childOf(node, 'field');
    if (!object || !field) return opaque([], at);
    const property = this.file.text(field);
    if (field.type === 'this' || property === 'this') {
      const info = this.context.around(({ node: own }) => this.file.nameOf(own) === this.file.text(object));
      return info ? this.context.outerThis(info, at) : nameAt('this', at);
    }
    const type = this.variables.asType(node);
    return type ?? member(this.expression(object), property, at);
  }

  #target(node: SyntaxNode | undefined): Pattern {
    if (!node) return opaque([], { from: 0, to: 0 });
    const value = this.expression(node);
    if (value.kind === 'name' || value.kind === 'member' || value.kind === 'index') return value;
    if (value.kind === 'typed') return opaque([value.value], rangeOf(node));
    return opaque([value], rangeOf(node));
  }

  #assignment(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [left, right, operator] = [childOf(node, 'left'), childOf(node, 'right'), childOf(node, 'operator')];
    const target = this.#target(left);
    const value = right ? this.expression(right) : opaque([], at);
    const sign = operator ? this.file.text(operator).slice(0, -1) : '';
    if (left?.type === 'identifier' && right) {
      const name = this.file.text(left);
      const matcher = this.calls.matcher(right);
      const local = this.context.scopes.find(name);
      if (local && matcher) this.context.declareLocal(name, local.type, matcher);
    }
    if (sign === '') {
      const type = this.variables.typeOf(left);
      const isPlain = type === undefined || uninformative.test(type) || numbers.test(type) || builders.test(type);
      return {
        kind: 'assign',
        target,
        value: isPlain ? value : typed(value, this.types.type(type).name, at),
        ...at,
      };
    }
    const old: Expression =
      target.kind === 'name' || target.kind === 'member' || target.kind === 'index' ? target : opaque([], at);
    if (sign === '+' && !isNumber(value))
      return { kind: 'assign', target, value: { kind: 'text', parts: [old, value], ...at }, ...at };
    return { kind: 'assign', target, value: { kind: 'binary', operator: sign, left: old, right: value, ...at }, ...at };
  }

  #binary(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const operator = this.file.textOf(node, 'operator');
    if (operator === '+') {
      const isSum = (one: SyntaxNode) => one.type === 'binary_expression' && this.file.textOf(one, 'operator') === '+';
      return { kind: 'text', parts: operandsOf(node, isSum).map((one) => this.expression(one)), ...at };
    }
    const [left, right] = [this.children.child(node, 'left'), this.children.child(node, 'right')];
    if (operator === '&&' || operator === '||') return { kind: 'logical', operator, left, right, ...at };
    return { kind: 'binary', operator, left, right, ...at };
  }
}
