import type { Expression, Name, Pattern } from '../../ir/ir';
import { nameAt, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Host } from './host';
import type { Names } from './names';

/** Lowers assignment targets. */
export class Patterns {
  constructor(
    private readonly file: SourceFile,
    private readonly names: Names,
    private readonly host: Host,
  ) {}

  pattern(node: SyntaxNode): Pattern {
    const at = rangeOf(node);
    switch (node.type) {
      case 'object_pattern':
      case 'object': {
        const fields: { key: string | Expression; target: Pattern; fallback?: Expression }[] = [];
        let rest: Pattern | undefined;
        for (const one of node.children) {
          if (/^shorthand_property_identifier/.test(one.type))
            fields.push({ key: this.file.text(one), target: this.name(one) });
          else if (one.type === 'object_assignment_pattern' || one.type === 'assignment_expression') {
            const [left, right] = [childOf(one, 'left'), childOf(one, 'right')];
            if (left && right)
              fields.push({
                key: this.file.text(left),
                target: this.name(left),
                fallback: this.host.expression(right),
              });
          } else if (one.type === 'pair_pattern' || one.type === 'pair') {
            const [key, value] = [childOf(one, 'key'), childOf(one, 'value')];
            if (key && value) fields.push({ key: this.names.key(key), ...this.#withFallback(value) });
          } else if ((one.type === 'rest_pattern' || one.type === 'spread_element') && one.children[0])
            rest = this.pattern(one.children[0]);
        }
        return { kind: 'objectPattern', fields, ...(rest && { rest }), ...at };
      }
      case 'array_pattern':
      case 'array': {
        const items: ({ target: Pattern; fallback?: Expression } | undefined)[] = [];
        let rest: Pattern | undefined;
        let end = node.from + 1;
        for (const one of node.children) {
          // Additional commas between two items are skipped items.
          const skipped = (this.file.source.slice(end, one.from).match(/,/g)?.length ?? 0) - (items.length > 0 ? 1 : 0);
          for (let at = 0; at < skipped; at++) items.push(undefined);
          if ((one.type === 'rest_pattern' || one.type === 'spread_element') && one.children[0])
            rest = this.pattern(one.children[0]);
          else items.push(this.#withFallback(one));
          end = one.to;
        }
        return { kind: 'listPattern', items, ...(rest && { rest }), ...at };
      }
      case 'assignment_pattern': {
        const left = childOf(node, 'left');
        return left ? this.pattern(left) : opaque([], at);
      }
      case 'parenthesized_expression':
      case 'non_null_expression':
        return node.children[0] ? this.pattern(node.children[0]) : opaque([], at);
      case 'shorthand_property_identifier_pattern':
      case 'identifier':
        return this.name(node);
      case 'lexical_declaration':
      case 'variable_declaration': {
        const name = node.children[0] && childOf(node.children[0], 'name');
        return name ? this.pattern(name) : opaque([], at);
      }
      default: {
        const value = this.host.expression(node);
        return value.kind === 'member' || value.kind === 'index' || value.kind === 'name'
          ? value
          : { kind: 'opaque', parts: [value], ...at };
      }
    }
  }

  #withFallback(node: SyntaxNode): { target: Pattern; fallback?: Expression } {
    const right = childOf(node, 'right');
    const hasFallback = node.type === 'assignment_pattern' || node.type === 'assignment_expression';
    const left = hasFallback ? childOf(node, 'left') : node;
    return {
      target: left ? this.pattern(left) : opaque([], rangeOf(node)),
      ...(hasFallback && right && { fallback: this.host.expression(right) }),
    };
  }

  name(node: SyntaxNode): Name {
    return nameAt(this.file.text(node), node);
  }
}
