import type { Language, Tree } from '@vscode/tree-sitter-wasm';

/** A node of a syntax tree: named nodes, and those in a field, such as operators. Comments are left out. */
export interface SyntaxNode {
  readonly type: string;
  /** UTF-16 offsets. */
  readonly from: number;
  readonly to: number;
  readonly isNamed: boolean;
  /** Its role in its parent. */
  readonly field: string | undefined;
  readonly children: readonly SyntaxNode[];
}

/** A grammar's names, by number: asking WebAssembly for each node's texts takes most of the time. */
export class Grammar {
  readonly #types: (string | undefined)[] = [];
  readonly #named: boolean[] = [];
  readonly #leaf: boolean[] = [];
  readonly #comment: boolean[] = [];
  readonly #fields: (string | undefined)[] = [];

  /** @param leaves types of nodes whose children are irrelevant */
  constructor(
    readonly language: Language,
    leaves: ReadonlySet<string>,
  ) {
    for (let id = 0; id < language.nodeTypeCount; id++) {
      const type = language.nodeTypeForId(id) ?? undefined;
      this.#types.push(type);
      this.#named.push(language.nodeTypeIsNamed(id));
      this.#comment.push(type?.endsWith('comment') === true);
      this.#leaf.push(type !== undefined && leaves.has(type));
    }
    for (let id = 0; id <= language.fieldCount; id++) this.#fields.push(language.fieldNameForId(id) ?? undefined);
  }

  /** Copies a tree in one pass. */
  copy(tree: Tree): SyntaxNode {
    const cursor = tree.walk();
    const none: SyntaxNode[] = [];
    const childrenOf = (): readonly SyntaxNode[] => {
      if (!cursor.gotoFirstChild()) return none;
      const children: SyntaxNode[] = [];
      do {
        const id = cursor.nodeTypeId;
        if (this.#comment[id] === true) continue;
        const fieldId = cursor.currentFieldId;
        const isNamed = this.#named[id] ?? true;
        if (!isNamed && fieldId === 0) continue;
        const type = this.#types[id] ?? 'ERROR';
        const from = cursor.startIndex;
        const to = cursor.endIndex;
        children.push({
          type,
          from,
          to,
          isNamed,
          field: fieldId === 0 ? undefined : this.#fields[fieldId],
          children: isNamed && this.#leaf[id] !== true ? childrenOf() : none,
        });
      } while (cursor.gotoNextSibling());
      cursor.gotoParent();
      return children;
    };
    try {
      const { nodeTypeId, startIndex: from, endIndex: to } = cursor;
      return {
        type: this.#types[nodeTypeId] ?? 'ERROR',
        from,
        to,
        isNamed: true,
        field: undefined,
        children: childrenOf(),
      };
    } finally {
      cursor.delete();
    }
  }
}

export function childOf(node: SyntaxNode, field: string): SyntaxNode | undefined {
  return node.children.find((child) => child.field === field);
}
