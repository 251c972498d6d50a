// Runs in a worker thread that piscina starts.
import { join } from 'node:path';
import { analyse } from 'scslre';
import { errorCode, errorMessage } from '../../base/errors';
import { yieldThread } from '../../base/priority';
import { readSource } from '../readSource';
import { snippetOf } from '../text';
import { literalsOf } from './literals';
import { collectOrder, judgeOrder, type Expression, type Found } from './messages';

yieldThread();

/** Says nothing but that the thread is there. Piscina calls it by its name. */
export function ready(): void {
  // Loading this file was all.
}

/** Finds the regular expressions of a batch of files. Piscina calls it by its name. */
export function collect(order: unknown): unknown {
  const { root, files } = collectOrder.parse(order);
  const result: { found: Found[]; failed: { file: string; reason: string }[] } = { found: [], failed: [] };
  for (const file of files) {
    try {
      const source = readSource(join(root, file));
      result.found.push(...foundIn(file, source));
    } catch (error) {
      result.failed.push({ file, reason: errorCode(error) ?? errorMessage(error) });
    }
  }
  return result;
}

/** Says of each expression which part of it backtracks. Piscina calls it by its name. */
export function judge(order: unknown): unknown {
  return judgeOrder.parse(order).expressions.map(exponentialPart);
}

/** The part of an expression that can be made to take exponential time, as it is written; null when there is none, or it is no expression. */
export function exponentialPart({ source, flags }: Expression): string | null {
  try {
    const { reports } = analyse({ source, flags }, { reportTypes: { Move: false } });
    const exponential = reports.filter((report) => report.exponential);
    for (const report of exponential) if (report.type === 'Self') return report.parentQuant.raw;
    for (const report of exponential) {
      if (report.type !== 'Trade') continue;
      const { startQuant: a, endQuant: b } = report;
      return source.slice(Math.min(a.start, b.start), Math.max(a.end, b.end));
    }
    return null;
  } catch {
    return null; // Not in JavaScript's notation: nothing is known of it.
  }
}

/** The comments of ast-grep and of ruff count here too. */
const ignored = /(?:\/\/|#|\/\*)\s*ast-grep-ignore|#\s*noqa\b/;

function foundIn(file: string, source: string): Found[] {
  const literals = literalsOf(file, source);
  if (literals.length === 0) return [];
  const starts = [0, ...[...source.matchAll(/\r\n|\r|\n/g)].map(({ index, 0: end }) => index + end.length)];
  const textOf = (line: number) => source.slice(starts[line - 1], starts[line]).replace(/[\r\n]+$/, '');
  return literals.flatMap(({ from, to, expression }) => {
    const [start, end] = [placeOf(starts, from), placeOf(starts, to)];
    const text = textOf(start.line);
    const before = start.line > 1 ? textOf(start.line - 1) : '';
    if (ignored.test(before) || /#\s*noqa\b/.test(text)) return [];
    const snippet = snippetOf(text, start.column);
    return [{ file, ...start, endLine: end.line, endColumn: end.column, snippet, expression }];
  });
}

/** The line and column, from 1, of an offset. @param starts where each line begins */
function placeOf(starts: readonly number[], offset: number): { line: number; column: number } {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}
