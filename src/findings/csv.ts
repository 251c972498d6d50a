import type { Gap, Issue, Report } from '../protocol';
import { gapLine } from './coverage';
import { filesWorstFirst } from './order';
import { fixLine, placeOfStep } from './steps';
import { titleOf } from './title';
import { suppressedNote } from './suppressed';

const columns: readonly (readonly [string, (issue: Issue) => string | number | undefined])[] = [
  ['severity', (issue) => issue.severity],
  ['title', titleOf],
  ['file', (issue) => issue.file],
  ['line', (issue) => issue.line],
  ['column', (issue) => issue.column],
  ['rule', (issue) => issue.rule_id],
  ['message', (issue) => issue.message],
  ['suggestion', (issue) => issue.suggestion ?? undefined],
  ['cwe', (issue) => issue.cwe?.join(' ')],
  ['owasp', (issue) => issue.owasp?.join(' ')],
  ['confidence', (issue) => issue.confidence],
  ['analyzer', (issue) => [issue.tool, ...(issue.also_found_by ?? [])].join(' ')],
  ['fingerprint', (issue) => issue.fingerprint],
  ['flow', (issue) => issue.flow?.map(placeOfStep).join(' → ')],
  ['fix', (issue) => issue.fix && fixLine(issue.fix)],
  ['suppression', (issue) => suppressedNote(issue).replace(/^\(|\)$/g, '')],
];

/** A report as a table for spreadsheets (RFC 4180), one finding per row. The last rows are the gaps, with the severity `gap`. */
export function writeCsv(report: Report): string {
  const rows = filesWorstFirst(report)
    .flatMap((file) => file.issues)
    .map((issue) => columns.map(([, of]) => cell(of(issue))));
  const gaps = (report.meta.coverage?.gaps ?? []).map(gapRow);
  return [columns.map(([name]) => name), ...rows, ...gaps].map((row) => `${row.join(',')}\r\n`).join('');
}

/** Gaps have rows too, so that a table without findings is not mistaken for a clean bill of health. */
function gapRow(gap: Gap): string[] {
  const cells: Record<string, string | undefined> = {
    severity: 'gap',
    file: gap.examples[0],
    rule: gap.kind,
    message: gapLine({ ...gap, analyzer: null }),
    analyzer: gap.analyzer ?? undefined,
  };
  return columns.map(([name]) => cell(cells[name]));
}

/** A spreadsheet would evaluate a text that begins like a formula; an apostrophe prevents that. */
function cell(value: string | number | undefined): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
