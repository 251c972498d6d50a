import { analyse } from 'scslre';
import { Lines } from '../engine/lines';
import { snippetOf } from '../engine/text';
import { scanFiles } from '../engine/workerScript';
import { literalsOf } from './literals';
import { judgeTask, type Expression, type Found, type Slow } from './messages';

export { ready } from '../engine/workerScript';

/** Finds the regular expressions in a batch of files. */
export const scan = scanFiles(foundIn);

/** Finds the part of each expression that backtracks. */
export function judge(task: unknown): unknown {
  return judgeTask.parse(task).expressions.map(slowPart);
}

/** The part of an expression that backtracks; null if there is none, or it cannot be parsed. */
export function slowPart({ source, flags }: Expression): Slow | null {
  try {
    const { reports } = analyse({ source, flags });
    const parts = reports.map((report): Slow => {
      const growth = report.exponential ? 'exponential' : 'polynomial';
      if (report.type === 'Self') return { part: report.parentQuant.raw, growth };
      if (report.type === 'Move') return { part: report.quant.raw, growth };
      const { startQuant: a, endQuant: b } = report;
      return { part: source.slice(Math.min(a.start, b.start), Math.max(a.end, b.end)), growth };
    });
    return parts.find(({ growth }) => growth === 'exponential') ?? parts[0] ?? null;
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
