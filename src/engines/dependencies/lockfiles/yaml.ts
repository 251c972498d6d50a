import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import { noEntries, noItems, type Node, type Parsed } from './node';

/** Characters of a YAML text: its syntax tree takes fifty times the room. The longest lockfiles in the open have 3 MB. */
const maxLength = 12 * 1024 * 1024;

/**
 * Reads all documents of a YAML text. Scalars stay as they are written, so that the version 1.10 is not the number 1.1. Aliases are not followed: no
 * package manager writes them, and they are how a short text becomes an endless one.
 * @throws when there is no map in it
 */
export function readYaml(source: string): Parsed {
  if (source.length > maxLength) throw new Error(`it is larger than ${maxLength / 1024 / 1024} MB`);
  const lines = new LineCounter();
  const parsed = parseAllDocuments(source, {
    schema: 'failsafe',
    uniqueKeys: false,
    lineCounter: lines,
    strict: false,
  });
  let problem: string | undefined;
  const documents: Node[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    const [error] = document.errors;
    if (error)
      problem ??= /call stack/.test(error.message)
        ? 'it is nested too deep'
        : `it is damaged at line ${lines.linePos(error.pos[0]).line}`;
    documents.push(toNode(document.contents, 1, lines));
  }
  if (!documents.some(({ entries }) => entries.size > 0)) throw new Error(problem ?? 'it holds no YAML map');
  return { documents, problem };
}

function toNode(content: unknown, line: number, lines: LineCounter): Node {
  if (isMap(content)) {
    const entries = new Map<string, Node>();
    for (const { key, value } of content.items) {
      if (!isScalar(key)) continue;
      const at = key.range ? lines.linePos(key.range[0]).line : line;
      entries.set(String(key.value), toNode(value, at, lines));
    }
    return { line, entries, items: noItems };
  }
  if (isSeq(content))
    return { line, entries: noEntries, items: content.items.map((item) => toNode(item, line, lines)) };
  if (!isScalar(content) || isAlias(content)) return { line, entries: noEntries, items: noItems };
  return { line, value: String(content.value ?? ''), entries: noEntries, items: noItems };
}
