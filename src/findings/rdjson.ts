import { isSuppressed, type Fix, type FilePosition, type Issue, type Report, type Severity } from '../protocol';
import { isHttp } from './link';
import { filesWorstFirst } from './order';
import { titledMessage } from './title';

const severityNames: Readonly<Record<Severity, string>> = {
  critical: 'ERROR',
  high: 'ERROR',
  medium: 'WARNING',
  low: 'INFO',
};

/** The text of a line, from 1, without its line end; empty if unknown. */
export type LineOf = (file: string, line: number) => string;

/**
 * The open findings in Reviewdog's diagnostic format: https://github.com/reviewdog/reviewdog/tree/master/proto/rdf. It cannot express gaps.
 * Its columns count UTF-8 bytes, ours UTF-16 units, so columns and suggested changes are only included if the line is known.
 */
export function writeRdjson(report: Report, lineOf: LineOf): string {
  const issues = filesWorstFirst(report).flatMap(({ issues: some }) => some.filter((issue) => !isSuppressed(issue)));
  const document = {
    source: { name: 'CodeAgent Scanner' },
    diagnostics: issues.map((issue) => diagnosticOf(issue, lineOf)),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function diagnosticOf(issue: Issue, lineOf: LineOf): object {
  const { file, line, column, end_line = line, end_column, fix, flow = [], help_url, rule_id, suggestion } = issue;
  const start = placeOf(file, line, column, lineOf);
  const end = end_line >= line ? placeOf(file, end_line, end_column, lineOf) : undefined;
  const changes = fix === undefined ? undefined : changesOf(fix, file, lineOf);
  return {
    message: `${titledMessage(issue)}${suggestion === null ? '' : `\n${suggestion}`}`,
    location: { path: file, range: { start, ...(end && { end }) } },
    severity: severityNames[issue.severity],
    source: { name: issue.tool },
    code: { value: rule_id, ...(isHttp(help_url) && { url: help_url }) },
    ...(changes && { suggestions: changes }),
    ...(flow.length > 0 && {
      relatedLocations: flow.map((step) => ({
        ...(step.message !== undefined && { message: step.message }),
        location: { path: step.file, range: { start: placeOf(step.file, step.line, step.column, lineOf) } },
      })),
    }),
  };
}

/** A fix as suggestions, if it can be fully expressed: it only changes this file, and each line is known. */
function changesOf({ edits }: Fix, file: string, lineOf: LineOf): object[] | undefined {
  const changes = edits.flatMap((edit) => {
    const [start, end] = [edit.start, edit.end].map((place) => bytePlace(file, place, lineOf));
    if ((edit.file ?? file) !== file || !start || !end) return [];
    return [{ range: { start, end }, text: edit.text }];
  });
  return changes.length === edits.length ? changes : undefined;
}

function placeOf(file: string, line: number, column: number | undefined, lineOf: LineOf): object {
  return (column === undefined ? undefined : bytePlace(file, { line, column }, lineOf)) ?? { line };
}

function bytePlace(file: string, { line, column }: FilePosition, lineOf: LineOf): FilePosition | undefined {
  const text = lineOf(file, line);
  if (column > text.length + 1) return undefined;
  return { line, column: Buffer.byteLength(text.slice(0, column - 1)) + 1 };
}
