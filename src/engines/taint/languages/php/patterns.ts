import type { Expression, Pattern, Range } from '../../ir/ir';
import { assign, opaque, rangeOf } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Host } from './host';
import type { References } from './references';
import type { Texts } from './texts';

/** Lowers assignment targets. */
export class Patterns {
  constructor(
    private readonly file: SourceFile,
    private readonly references: References,
    private readonly texts: Texts,
    private readonly host: Host,
  ) {}

  pattern(node: SyntaxNode): Pattern {
    const at = rangeOf(node);
    if (node.type === 'by_ref' && node.children[0]) return this.pattern(node.children[0]);
    if (node.type === 'list_literal' || node.type === 'array_creation_expression') return this.#listPattern(node);
    const value = this.host.expression(node);
    return value.kind === 'member' || value.kind === 'index' || value.kind === 'name' ? value : opaque([value], at);
  }

  #listPattern(node: SyntaxNode): Pattern {
    const at = rangeOf(node);
    const children = node.children.flatMap((one) => (one.type === 'array_element_initializer' ? one.children : [one]));
    const fields: { key: string | Expression; target: Pattern }[] = [];
    const items: ({ target: Pattern } | undefined)[] = [];
    let end = node.from + 1;
    let key: SyntaxNode | undefined;
    for (const [index, one] of children.entries()) {
      const next = children[index + 1];
      const isKey = next !== undefined && this.file.source.slice(one.to, next.from).includes('=>');
      const skipped = (this.file.source.slice(end, one.from).match(/,/g)?.length ?? 0) - (items.length > 0 ? 1 : 0);
      end = one.to;
      if (isKey) {
        key = one;
        continue;
      }
      const target = this.pattern(one);
      if (key) fields.push({ key: this.texts.constantText(key) ?? this.host.expression(key), target });
      else {
        for (let at = 0; at < skipped; at++) items.push(undefined);
        items.push({ target });
      }
      key = undefined;
    }
    return fields.length > 0 ? { kind: 'objectPattern', fields, ...at } : { kind: 'listPattern', items, ...at };
  }

  assign(left: SyntaxNode, value: Expression, at: Range): Expression {
    if (left.type === 'subscript_expression' && left.children.length === 1 && left.children[0])
      return this.references.call('array_push', [this.host.expression(left.children[0]), value], at);
    return assign(this.pattern(left), value, at);
  }
}
