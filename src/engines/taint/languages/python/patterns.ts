import type { ListPattern, Pattern } from '../../ir/ir';
import { opaque, rangeOf } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import type { Context } from './context';
import type { Host } from './host';

/** Lowers assignment targets. */
export class Patterns {
  constructor(
    private readonly context: Context,
    private readonly host: Host,
  ) {}

  pattern(node: SyntaxNode): Pattern {
    const at = rangeOf(node);
    switch (node.type) {
      case 'identifier':
      case 'keyword_identifier':
        return this.context.target(node);
      case 'pattern_list':
      case 'tuple_pattern':
      case 'list_pattern':
      case 'expression_list':
      case 'tuple':
      case 'list': {
        const items: ListPattern['items'][number][] = [];
        let rest: Pattern | undefined;
        for (const one of node.children) {
          const isRest = /splat/.test(one.type);
          if (isRest && one.children[0]) rest = this.pattern(one.children[0]);
          else if (rest) {
            // It is unknown which item it is.
            items.push(undefined);
            const inner = this.pattern(one);
            if (inner.kind === 'name') rest = { kind: 'listPattern', items: [], rest, ...at };
          } else items.push({ target: this.pattern(one) });
        }
        return { kind: 'listPattern', items, ...(rest && { rest }), ...at };
      }
      case 'parenthesized_expression':
      case 'as_pattern_target':
        return node.children[0] ? this.pattern(node.children[0]) : opaque([], at);
      case 'list_splat_pattern':
      case 'list_splat':
        return node.children[0] ? this.pattern(node.children[0]) : opaque([], at);
      default: {
        const value = this.host.expression(node);
        return value.kind === 'member' || value.kind === 'index' || value.kind === 'name' ? value : opaque([value], at);
      }
    }
  }
}
