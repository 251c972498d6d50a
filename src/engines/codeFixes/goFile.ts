import type { Replacement } from './codeFix';

/** An import of a Go file. */
export interface GoImport {
  readonly path: string;
  /** Its explicit name in the file, if any. */
  readonly name?: string;
  /** Its line, from its start to just after its end. */
  readonly from: number;
  readonly to: number;
}

/** The text with the contents of comments and strings blanked out; offsets stay the same. */
export function codeOnly(text: string): string {
  return text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|`[^`]*`|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, (part) =>
    part.replace(/[^\n]/g, ' '),
  );
}

/** The imports, each on a line of its own; undefined if one is written differently. */
export function goImports(text: string): GoImport[] | undefined {
  const found: GoImport[] = [];
  const blocks = text.matchAll(/^import[ \t]*\(\r?\n([\s\S]*?)^\)/gm);
  for (const { 0: all, 1: body = '', index } of blocks) {
    let from = index + all.indexOf('\n') + 1;
    for (const line of body.split(/(?<=\n)/)) {
      const [, name, path] = /^\s*(?:([\w.]+)[ \t]+)?"([^"]+)"[ \t]*(?:\/\/.*)?\r?\n?$/.exec(line) ?? [];
      if (path !== undefined) found.push({ path, from, to: from + line.length, ...(name !== undefined && { name }) });
      else if (line.includes('"') && !/^\s*\/\//.test(line)) return undefined;
      from += line.length;
    }
  }
  for (const { 0: line, 1: name, 2: path = '', index } of text.matchAll(
    /^import[ \t]+(?:([\w.]+)[ \t]+)?"([^"]+)"[ \t]*\r?\n/gm,
  ))
    found.push({ path, from: index, to: index + line.length, ...(name !== undefined && { name }) });
  return found;
}

/**
 * Removes and adds imports of the standard library. Adjacent lines stay sorted, as gofmt sorts them.
 * @returns undefined if the imports are not formatted as by gofmt
 */
export function withImports(
  text: string,
  { without, added }: { readonly without: readonly string[]; readonly added: readonly string[] },
): Replacement[] | undefined {
  const gone = goImports(text)?.filter(({ path }) => without.includes(path)) ?? [];
  const [first] = gone;
  if (!first || new Set(gone.map(({ path }) => path)).size !== gone.length) return undefined;
  const inBlock = /^[ \t]/.test(text.slice(first.from, first.to));
  const end = /\r?\n$/.exec(text.slice(first.from, first.to))?.[0] ?? '\n';
  if (!inBlock) {
    if (added.length > 1 || gone.length > 1) return undefined;
    return [{ start: first.from, end: first.to, text: added.map((path) => `import "${path}"${end}`).join('') }];
  }
  // The surrounding lines, up to an empty line or a comment.
  const all = (goImports(text) ?? []).toSorted((a, b) => a.from - b.from);
  const group = [first];
  for (const one of all) if (one.from === group.at(-1)?.to) group.push(one);
  for (const one of all.toReversed()) if (one.to === group[0]?.from) group.unshift(one);
  const lines = group
    .filter(({ path }) => !without.includes(path))
    .map(({ path, from, to }) => ({ path, line: text.slice(from, to) }));
  for (const path of added) lines.push({ path, line: `\t"${path}"${end}` });
  const isSorted = group.every(({ path }, at) => at === 0 || (group[at - 1]?.path ?? '') <= path);
  if (isSorted) lines.sort((a, b) => (a.path < b.path ? -1 : 1));
  const [start, stop] = [group[0]?.from ?? first.from, group.at(-1)?.to ?? first.to];
  const others = gone.filter((one) => !group.includes(one));
  return [
    { start, end: stop, text: lines.map(({ line }) => line).join('') },
    ...others.map(({ from, to }) => ({ start: from, end: to, text: '' })),
  ];
}
