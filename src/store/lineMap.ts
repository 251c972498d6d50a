import type { Placement } from './placement';

/**
 * Where the lines of a text are in a later version of it. Lines before the first and after the last difference have moved with it; between them a line
 * is known again if there is only one like it.
 * @returns the place of a line, from 1; `stale` if the line itself is no longer there
 */
export function lineMap(before: readonly string[], after: readonly string[]): (line: number) => Placement {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  /** By text; undefined for several. */
  const between = new Map<string, number | undefined>();
  for (let at = head; at < after.length - tail; at += 1) {
    const text = after[at] ?? '';
    between.set(text, between.has(text) ? undefined : at + 1);
  }
  return (line) => {
    if (line <= head) return { line, stale: false };
    if (line > before.length) return { line: Math.max(1, after.length), stale: true };
    if (line > before.length - tail) return { line: line + after.length - before.length, stale: false };
    const same = between.get(before[line - 1] ?? '');
    if (same !== undefined) return { line: same, stale: false };
    // Near it: among what came in its place, else what followed it.
    const near = Math.min(line, Math.max(head + 1, after.length - tail));
    return { line: Math.max(1, Math.min(near, after.length)), stale: true };
  };
}
