import { analyse } from 'scslre';
import { Lines } from '../engine/lines';
import { snippetOf } from '../engine/text';
import { scanFiles } from '../engine/workerScript';
import { literalsOf } from './literals';
import { judgeTask, type Expression, type Found } from './messages';

export { ready } from '../engine/workerScript';

/** Finds the regular expressions in a batch of files. */
export const scan = scanFiles(foundIn);

/** Finds the part of each expression that backtracks. */
export function judge(task: unknown): unknown {
  return judgeTask.parse(task).expressions.map(exponentialPart);
}

/** The part of an expression that can take exponential time, as written; null if there is none, or it cannot be parsed. */
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
    return null; // Not valid in JavaScript's syntax.
  }
}

function foundIn(file: string, source: string): Found[] {
  const literals = literalsOf(file, source);
  if (literals.length === 0) return [];
  const lines = new Lines(source);
  const textOf = (line: number) => source.slice(lines.offset(line), lines.offset(line + 1)).replace(/[\r\n]+$/, '');
  return literals.flatMap(({ from, to, expression }) => {
    const [start, end] = [lines.at(from), lines.at(to)];
    const text = textOf(start.line);
    const snippet = snippetOf(text, start.column);
    return [{ file, ...start, endLine: end.line, endColumn: end.column, snippet, expression }];
  });
}
