import type { Expression } from '../../ir/ir';
import { call, literal, member, nameAt, opaque, rangeOf, someNumber, typed } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Calls } from './calls';
import type { Comparisons } from './comparisons';
import type { Composites } from './composites';
import type { Context } from './context';
import type { Functions } from './functions';
import { numberOfLiteral, textOfLiteral } from './literals';
import type { Names } from './names';
import type { Types } from './types';

/** Lowers expressions. */
export class Expressions {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly names: Names,
    private readonly types: Types,
    private readonly functions: Functions,
    private readonly calls: Calls,
    private readonly comparisons: Comparisons,
    private readonly composites: Composites,
  ) {}

  /** @param type the declared type of what it is assigned to */
  expression(node: SyntaxNode, type?: SyntaxNode): Expression {
    const at = rangeOf(node);
    switch (node.type) {
      case 'identifier':
      case 'type_identifier': {
        const name = this.file.text(node);
        if (name === '_') return opaque([], at);
        return this.names.global(name, at);
      }
      case 'blank_identifier':
        return opaque([], at);
      case 'interpreted_string_literal':
      case 'raw_string_literal':
      case 'rune_literal':
        return literal(textOfLiteral(this.file.text(node)), at);
      case 'int_literal':
      case 'float_literal': {
        const value = numberOfLiteral(this.file.text(node));
        return Number.isNaN(value) ? someNumber(at) : literal(value, at);
      }
      case 'imaginary_literal':
        return someNumber(at);
      case 'iota':
        return literal(this.context.iota, at);
      case 'nil':
        return literal(null, at);
      case 'true':
      case 'false':
        return literal(node.type === 'true', at);
      case 'parenthesized_expression':
        return this.children.first(node);
      case 'selector_expression':
        return this.selector(node);
      case 'index_expression': {
        const [object, index] = [childOf(node, 'operand'), childOf(node, 'index')];
        if (!object) return this.children.opaque(node);
        // An instance of a generic function.
        if (!index || this.types.isType(index)) return this.expression(object);
        return { kind: 'index', object: this.expression(object), index: this.expression(index), ...at };
      }
      case 'type_instantiation_expression': {
        const inner = childOf(node, 'type');
        return inner ? this.types.typeAsValue(inner) : opaque([], at);
      }
      case 'slice_expression':
        return this.#slice(node);
      case 'type_assertion_expression': {
        const asserted = this.types.type(childOf(node, 'type'));
        const value = this.children.child(node, 'operand');
        return asserted === undefined ? value : typed(value, asserted, at);
      }
      case 'type_conversion_expression':
        return this.children.child(node, 'operand');
      case 'composite_literal':
        return this.composites.composite(childOf(node, 'body'), childOf(node, 'type'), at);
      case 'literal_value':
        return this.composites.composite(node, type, at);
      case 'func_literal':
        return this.functions.function(node, '');
      case 'unary_expression':
        return this.comparisons.unary(node);
      case 'binary_expression':
        return this.comparisons.binary(node);
      case 'call_expression':
        return this.calls.call(node);
      case 'variadic_argument':
      case 'literal_element':
      case 'expression_list':
        return node.children[0] ? this.expression(node.children[0], type) : opaque([], at);
      default:
        if (/_type$/.test(node.type)) return this.types.typeAsValue(node);
        return this.children.opaque(node);
    }
  }

  selector(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const [operand, field] = [childOf(node, 'operand'), childOf(node, 'field')];
    if (!operand || !field) return this.children.opaque(node);
    const path = this.names.package(operand);
    if (path !== undefined)
      return this.names.imported(
        path,
        this.file.text(field),
        at,
        `${this.file.text(operand)}$${this.file.text(field)}`,
      );
    return member(this.expression(operand), this.file.text(field), at);
  }

  #slice(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const operand = childOf(node, 'operand');
    if (!operand) return this.children.opaque(node);
    const value = this.expression(operand);
    const start = childOf(node, 'start');
    const bounds = node.children.filter(({ field, isNamed }) => field !== 'operand' && isNamed);
    const args = bounds.map((one) => ({ value: this.expression(one) }));
    // All of it, or all but its end.
    if (!start || this.file.text(start) === '0') {
      const values = [...args.map((one) => one.value), value];
      return values.length === 1 ? value : call(nameAt('$slice', at), [{ value }], at);
    }
    return call(nameAt('$slice', at), [{ value }, ...args], at);
  }
}
