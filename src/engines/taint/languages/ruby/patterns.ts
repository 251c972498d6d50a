import type { ListPattern, Pattern } from '../../ir/ir';
import { member, nameAt, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import type { Host } from './host';
import type { References } from './references';

/** Lowers assignment targets. */
export class Patterns {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly references: References,
    private readonly host: Host,
  ) {}

  pattern(node: SyntaxNode): Pattern {
    const at = rangeOf(node);
    switch (node.type) {
      case 'identifier':
        return this.context.target(node);
      case 'left_assignment_list':
      case 'destructured_left_assignment':
        return this.listPattern(node, false);
      case 'rest_assignment':
      case 'splat_argument':
        return node.children[0] ? this.pattern(node.children[0]) : opaque([], at);
      case 'instance_variable':
        return this.references.variable(this.file.text(node), at);
      case 'global_variable':
        this.references.globals.add(this.file.text(node));
        return nameAt(this.file.text(node), at);
      case 'constant':
        return this.references.constant(this.file.text(node), at);
      case 'call': {
        const [receiver, method] = [childOf(node, 'receiver'), childOf(node, 'method')];
        if (!receiver || !method) return opaque([], at);
        return member(this.host.expression(receiver), this.file.text(method), at);
      }
      default: {
        const value = this.host.expression(node);
        return value.kind === 'member' || value.kind === 'index' || value.kind === 'name' ? value : opaque([value], at);
      }
    }
  }

  listPattern(node: SyntaxNode, isParameter: boolean): ListPattern {
    const items: ListPattern['items'][number][] = [];
    let rest: Pattern | undefined;
    for (const one of node.children) {
      if (!one.isNamed) continue;
      const target = isParameter ? this.host.parameter(one, []).pattern : this.pattern(one);
      if (one.type === 'rest_assignment' || one.type === 'splat_parameter') rest = target;
      else items.push({ target });
    }
    return { kind: 'listPattern', items, ...(rest && { rest }), ...rangeOf(node) };
  }
}
