import type { Argument, Expression, Field } from '../../ir/ir';
import { rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Host } from './host';

/** Lowers JSX. */
export class Jsx {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly host: Host,
  ) {}

  /** JSX is a call of `jsx` with the tag and the properties, which include the children. */
  element(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const open = node.type === 'jsx_element' ? (childOf(node, 'open_tag') ?? node) : node;
    const name = childOf(open, 'name');
    const tag: Expression =
      !name || (name.type === 'identifier' && /^[a-z]/.test(this.file.text(name)))
        ? { kind: 'literal', value: name ? this.file.text(name) : '', ...at }
        : this.host.expression(name);
    const fields = open.children.flatMap((one): Field[] => {
      if (one.type === 'jsx_expression') return one.children[0] ? [{ value: this.children.first(one) }] : [];
      if (one.type !== 'jsx_attribute') return [];
      const [key, value] = one.children;
      if (!key) return [];
      const lowered: Expression = !value
        ? { kind: 'literal', value: true, ...rangeOf(one) }
        : value.type === 'jsx_expression'
          ? this.children.first(value)
          : this.host.expression(value);
      return [{ key: this.file.text(key), value: { ...lowered, ...rangeOf(one) } }];
    });
    const children = node.children
      .filter(
        ({ field, type }) =>
          field !== 'open_tag' &&
          field !== 'close_tag' &&
          field === undefined &&
          /^jsx_(?:expression|element|self_closing_element)$/.test(type),
      )
      .filter((one) => node.type === 'jsx_element' && (one.type !== 'jsx_expression' || one.children.length > 0))
      .map((one): Argument => ({
        value: one.type === 'jsx_expression' ? this.children.first(one) : this.host.expression(one),
      }));
    if (children.length > 0) fields.push({ key: 'children', value: { kind: 'list', items: children, ...at } });
    return {
      kind: 'call',
      callee: { kind: 'name', name: 'jsx', ...at },
      args: [{ value: tag }, { value: { kind: 'object', fields, ...at } }],
      isNew: false,
      ...at,
    };
  }
}
