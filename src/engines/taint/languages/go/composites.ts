import type { Expression, Field, Range } from '../../ir/ir';
import { call, literal, nameAt, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Host } from './host';
import type { Names } from './names';
import { objectOf } from './syntax';
import type { Types } from './types';

/** Lowers composite literals. */
export class Composites {
  constructor(
    private readonly file: SourceFile,
    private readonly names: Names,
    private readonly types: Types,
    private readonly host: Host,
  ) {}

  composite(body: SyntaxNode | undefined, type: SyntaxNode | undefined, at: Range): Expression {
    const elements = body?.children.filter(({ isNamed }) => isNamed) ?? [];
    const named =
      type && /^(?:type_identifier|qualified_type|generic_type|pointer_type)$/.test(type.type)
        ? this.types.type(type)
        : undefined;
    const info = named === undefined ? this.types.infoOf(type) : this.types.infos.get(named);
    const shape = info && info.node.type !== 'struct_type' ? info.node : type;
    const inner = shape && (childOf(shape, 'element') ?? childOf(shape, 'value'));
    const isList = shape !== undefined && /^(?:slice_type|array_type|implicit_length_array_type)$/.test(shape.type);
    const isMap = shape?.type === 'map_type';
    const isKeyed = elements.some((one) => one.type === 'keyed_element');
    if (elements.length === 0 && named?.includes('$') === true)
      return { kind: 'typed', value: opaque([], at), type: named, ...at };
    const struct =
      info?.node.type === 'struct_type'
        ? info.fields
        : shape?.type === 'struct_type'
          ? this.types.typeInfo(shape, '').fields
          : undefined;
    if (isList || (!isKeyed && !isMap && !struct && elements.length > 0)) {
      const items = elements.map((one) => ({
        value: this.#element(one.type === 'keyed_element' ? childOf(one, 'value') : one, inner),
      }));
      return { kind: 'list', items, ...at };
    }
    const hasHost =
      named !== undefined &&
      this.names.used.get(named)?.module === 'net/url' &&
      elements.some((one) => /^Host\b/.test(this.file.text(one)));
    const fields = elements.map((one, index): Field => {
      if (one.type !== 'keyed_element')
        return { key: struct?.[index]?.name ?? String(index), value: this.#element(one, struct?.[index]?.type) };
      const key = childOf(one, 'key')?.children[0];
      const isField = key?.type === 'identifier' && !isMap;
      const field = key && isField ? this.file.text(key) : '';
      let value = this.#element(
        childOf(one, 'value'),
        isField ? struct?.find(({ name }) => name === field)?.type : inner,
      );
      // If the host is given separately, the rest of the URL does not determine it.
      if (hasHost && field !== 'Host') value = call(nameAt('$inUrl', at), [{ value }], at);
      // A text that the database executes.
      if (key && /^"\$(?:where|function|accumulator|expr)"$/.test(this.file.text(key))) value = opaque([value], at);
      return { key: key ? (isField ? field : this.host.expression(key)) : '', value };
    });
    return objectOf(named === 'number' ? undefined : named, fields, at);
  }

  #element(node: SyntaxNode | undefined, type: SyntaxNode | undefined): Expression {
    const inner = node?.type === 'literal_element' ? node.children[0] : node;
    if (!inner) return literal(undefined, { from: 0, to: 0 });
    return inner.type === 'literal_value' ? this.composite(inner, type, rangeOf(inner)) : this.host.expression(inner);
  }
}
