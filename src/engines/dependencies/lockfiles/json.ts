import { visit } from 'jsonc-parser';
import { noEntries, noItems, type Node, type Parsed } from './node';

/** Nesting limit of objects and arrays; the trees of npm's version 1 lockfiles have a few dozen levels. */
const maxDepth = 500;

interface Open {
  readonly line: number;
  readonly entries: Map<string, Node>;
  readonly items: Node[];
  key?: { name: string; line: number } | undefined;
}

/**
 * Parses JSON, also with comments and trailing commas. A damaged text yields what comes before the damage, and whatever the parser recovers after it.
 * @throws if it contains no JSON object
 */
export function readJson(source: string): Parsed {
  let root: Node | undefined;
  let problem: string | undefined;
  const open: Open[] = [];
  const add = (node: Omit<Node, 'line'>, line: number) => {
    const around = open.at(-1);
    if (!around) root ??= { ...node, line };
    else if (around.key) around.entries.set(around.key.name, { ...node, line: around.key.line });
    else around.items.push({ ...node, line });
  };
  const begin = (line: number) => {
    if (open.length >= maxDepth) throw new RangeError();
    const one = { line: line + 1, entries: new Map<string, Node>(), items: [] };
    add({ entries: one.entries, items: one.items }, one.line);
    open.push(one);
  };
  const end = () => {
    open.pop();
  };
  try {
    visit(
      source,
      {
        onObjectBegin: (_offset, _length, line) => begin(line),
        onArrayBegin: (_offset, _length, line) => begin(line),
        onObjectEnd: end,
        onArrayEnd: end,
        onObjectProperty: (name, _offset, _length, line) => {
          const around = open.at(-1);
          if (around) around.key = { name, line: line + 1 };
        },
        onLiteralValue: (value: unknown, _offset, _length, line) =>
          add({ value: String(value), entries: noEntries, items: noItems }, line + 1),
        onError: (_error, _offset, _length, line) => (problem ??= `it is damaged at line ${line + 1}`),
      },
      { allowTrailingComma: true },
    );
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problem ??= `it is nested deeper than ${maxDepth}`;
  }
  if (!root || root.value !== undefined || root.items.length > 0)
    throw new Error(problem ?? 'it contains no JSON object');
  return { documents: [root], problem };
}
