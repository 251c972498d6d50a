/** A value of a JSON or YAML text, with the line on which it, or the key that it stands behind, begins. */
export interface Node {
  readonly line: number;
  /** Of a scalar, as text. */
  readonly value?: string;
  /** Of a map. A key that is there twice has its last value, as with JSON.parse. */
  readonly entries: ReadonlyMap<string, Node>;
  /** Of a list. */
  readonly items: readonly Node[];
}

/** What could be read of a text. */
export interface Parsed {
  /** The documents of the text; one in JSON. */
  readonly documents: readonly Node[];
  /** Why that is incomplete: a clause that begins with "it". */
  readonly problem?: string | undefined;
}

export const noEntries: ReadonlyMap<string, Node> = new Map();
export const noItems: readonly Node[] = [];

/** The value behind keys that lead down. */
export function at(node: Node | undefined, ...keys: readonly string[]): Node | undefined {
  let found = node;
  for (const key of keys) found = found?.entries.get(key);
  return found;
}

/** The scalar behind keys that lead down. */
export function textAt(node: Node | undefined, ...keys: readonly string[]): string | undefined {
  return at(node, ...keys)?.value;
}

/** The entries of the map behind keys that lead down. */
export function entriesAt(node: Node | undefined, ...keys: readonly string[]): (readonly [string, Node])[] {
  return [...(at(node, ...keys)?.entries ?? noEntries)];
}
