import { severities, type Report } from '../protocol';
import { counted } from '../base/counted';
import { gapCount, gapLine } from '../findings/coverage';
import { loweredLine } from '../findings/lowered';
import { filesWorstFirst } from '../findings/order';
import { titledMessage } from '../findings/title';
import { suppressedCount, suppressedNote } from '../findings/suppressed';
import { printable } from './progress';

/** The report for a terminal: one block per file, one line per issue, and the counts at the end. */
export function reportAsText(report: Report, label: string): string {
  const lines: string[] = [];
  const gaps = report.meta.coverage?.gaps ?? [];
  for (const file of filesWorstFirst(report)) {
    lines.push(printable(file.path));
    for (const issue of file.issues) {
      const place = `${issue.line}:${issue.column ?? 1}`.padEnd(8);
      const also = issue.also_found_by?.length ? `, ${issue.also_found_by.join(', ')}` : '';
      const note = suppressedNote(issue);
      lines.push(
        `  ${place} ${issue.severity.padEnd(8)} ${printable(titledMessage(issue))}  ${printable(issue.rule_id)} (${issue.tool}${also})${note && ` ${printable(note)}`}`,
      );
    }
    lines.push('');
  }
  for (const analyzer of report.meta.analyzers ?? []) {
    const isGap = gaps.some((gap) => gap.analyzer === analyzer.id && gap.reason === analyzer.reason);
    if (!isGap && (analyzer.status !== 'completed' || analyzer.reason !== null))
      lines.push(`${analyzer.id} ${analyzer.status}: ${printable(analyzer.reason ?? 'no reason given')}`);
  }
  if (report.meta.partial) lines.push('Partial: the scan ended early. These are its findings up to that point.');
  if (gaps.length > 0)
    lines.push('Not everything was scanned:', ...gaps.map((gap) => `  ${printable(gapLine(gap))}`), '');
  const lowered = loweredLine(report);
  if (lowered !== undefined) lines.push(printable(lowered));
  const counts = severities.filter((s) => report.summary[s] > 0).map((s) => `${report.summary[s]} ${s}`);
  const { history, files_scanned: files } = report.meta;
  const scanned = history
    ? ` in ${counted(history.commits, 'commit')}`
    : files === undefined
      ? ''
      : ` in ${counted(files, 'file')}`;
  const suppressed = suppressedCount(report);
  const open = suppressed === undefined ? 'no findings' : 'no open findings';
  const none = gaps.length > 0 ? `${open} in what was scanned` : open;
  const missing = gaps.length > 0 ? `; ${gapCount(gaps.length)}` : '';
  const seconds = (report.meta.duration_ms / 1000).toFixed(1);
  lines.push(
    `${printable(label)}: ${counts.join(', ') || none}${suppressed === undefined ? '' : `, ${suppressed}`}${scanned}, ${seconds} s${missing}`,
  );
  return `${lines.join('\n')}\n`;
}
