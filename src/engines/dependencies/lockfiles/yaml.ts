import { Composer, isAlias, isMap, isScalar, isSeq, LineCounter, Parser, type CST } from 'yaml';
import { noEntries, noItems, type Node, type Parsed } from './node';

/** Length limit of a YAML text, whose syntax tree takes fifty times as much memory. The largest public lockfiles have 3 MB. */
const maxLength = 12 * 1024 * 1024;
/** Nesting limit of maps and lists; lockfiles need six. */
const maxDepth = 100;

/**
 * Reads all documents of a YAML text. Scalars stay as written, so that the version 1.10 does not become the number 1.1. Aliases are not resolved: no
 * package manager writes them, and they can make a short text expand without limit.
 * @throws if it contains no map
 */
export function readYaml(source: string): Parsed {
  if (source.length > maxLength) throw new Error(`it is larger than ${maxLength / 1024 / 1024} MB`);
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(source)];
  // The parser has a stack of its own, but the composer recurses on JavaScript's. V8 ends the whole process, with all threads, if a regular
  // expression must be compiled when little of that stack is left.
  if (isTooDeep(tokens)) throw new Error(`it is nested deeper than ${maxDepth}`);
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, strict: false });
  let problem: string | undefined;
  const documents: Node[] = [];
  for (const document of composer.compose(tokens)) {
    const [error] = document.errors;
    if (error) problem ??= `it is damaged at line ${lines.linePos(error.pos[0]).line}`;
    documents.push(toNode(document.contents, 1, lines));
  }
  if (!documents.some(({ entries }) => entries.size > 0)) throw new Error(problem ?? 'it contains no YAML map');
  return { documents, problem };
}

function isTooDeep(tokens: readonly CST.Token[]): boolean {
  const open = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next; next = open.pop()) {
    const { token, depth } = next;
    if (depth > maxDepth) return true;
    if (token.type === 'document' && token.value) open.push({ token: token.value, depth: depth + 1 });
    if (!('items' in token)) continue;
    for (const { key, value } of token.items)
      for (const inner of [key, value]) if (inner) open.push({ token: inner, depth: depth + 1 });
  }
  return false;
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
  return { line, value: typeof content.value === 'string' ? content.value : '', entries: noEntries, items: noItems };
}
