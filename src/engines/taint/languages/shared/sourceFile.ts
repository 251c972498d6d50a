import type { Range } from '../../ir/ir';
import { childOf, type SyntaxNode } from '../../syntax/tree';

/** The text of the file being lowered. */
export class SourceFile {
  /** @param path '/'-separated, from the root of the workspace */
  constructor(
    readonly path: string,
    readonly source: string,
  ) {}

  text({ from, to }: Range): string {
    return this.source.slice(from, to);
  }

  /** The text of a node's child; empty if there is none. */
  textOf(node: SyntaxNode, field: string): string {
    const child = childOf(node, field);
    return child ? this.text(child) : '';
  }

  /** The name that a node declares or calls; empty if it has none. */
  nameOf(node: SyntaxNode): string {
    return this.textOf(node, 'name');
  }
}
