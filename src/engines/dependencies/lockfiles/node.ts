/** A value in a JSON or YAML text, with the line where it, or its key, begins. */
export interface Node {
  readonly line: number;
  /** The text of a scalar. */
  readonly value?: string;
  /** The entries of a map. The last value of a duplicate key wins, as with JSON.parse. */
  readonly entries: ReadonlyMap<string, Node>;
  /** The items of a list. */
  readonly items: readonly Node[];
}

/** The readable part of a text. */
export interface Parsed {
  /** The documents in the text; JSON has one. */
  readonly documents: readonly Node[];
  /** Why it is incomplete: a clause that begins with "it". */
  readonly problem?: string | undefined;
}

export const noEntries: ReadonlyMap<string, Node> = new Map();
export const noItems: readonly Node[] = [];

/** The value at a path of keys. */
export function at(node: Node | undefined, ...keys: readonly string[]): Node | undefined {
  let found = node;
  for (const key of keys) found = found?.entries.get(key);
  return found;
}

/** The scalar at a path of keys. */
export function textAt(node: Node | undefined, ...keys: readonly string[]): string | undefined {
  return at(node, ...keys)?.value;
}

/** The entries of the map at a path of keys. */
export function entriesAt(node: Node | undefined, ...keys: readonly string[]): (readonly [string, Node])[] {
  return [...(at(node, ...keys)?.entries ?? noEntries)];
}
