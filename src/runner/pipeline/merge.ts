import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { severities, type Issue, type Report } from '../../protocol';
import type { FoundIssue } from '../analyzers/analyzer';

const confidences = ['high', 'medium', 'low'] as const;

/**
 * Turns what all analyzers found into the files of a report: exact repeats dropped, the same defect found by several joined, fingerprints added,
 * everything sorted.
 * @param lineOf the text of a line of a file, or '' when it cannot be read
 */
export function mergeIssues(
  found: readonly FoundIssue[],
  lineOf: (file: string, line: number) => string,
): Report['files'] {
  const byFile = new Map<string, FoundIssue[]>();
  for (const issue of found) {
    const issues = byFile.get(issue.file);
    if (issues) issues.push(issue);
    else byFile.set(issue.file, [issue]);
  }
  return [...byFile]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, issues]) => ({ path, issues: withFingerprints(joined(withoutRepeats(issues)), lineOf) }));
}

/** Reads the lines that issues stand on, each file once. What cannot be read any more gives empty lines. */
export async function readLines(
  root: string,
  files: Iterable<string>,
): Promise<(file: string, line: number) => string> {
  const lines = new Map<string, string[]>();
  for (const file of new Set(files)) {
    try {
      lines.set(file, (await readFile(join(root, file), 'utf8')).split(/\r\n|\n|\r/));
    } catch {
      lines.set(file, []);
    }
  }
  return (file, line) => lines.get(file)?.[line - 1] ?? '';
}

function withoutRepeats(issues: readonly FoundIssue[]): FoundIssue[] {
  const seen = new Map<string, FoundIssue>();
  for (const issue of issues) {
    const key = [issue.tool, issue.rule_id, issue.line, issue.column, issue.end_line, issue.end_column].join('\0');
    if (!seen.has(key)) seen.set(key, issue);
  }
  return [...seen.values()].sort(
    (a, b) =>
      a.line - b.line || (a.column ?? 0) - (b.column ?? 0) || compare(a.rule_id, b.rule_id) || compare(a.tool, b.tool),
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** With how many issues of its line one is compared: enough for any code a person wrote, and a bound for what a machine did. */
const lookBack = 50;

/** Joins what different analyzers, or several rules of one, say of the same line and the same CWE; the most telling stays. */
function joined(sorted: readonly FoundIssue[]): Issue[] {
  const kept: Issue[] = [];
  for (const issue of sorted) {
    // Only those of the same line, which are the last ones, since all are sorted.
    let at = kept.length - 1;
    const first = Math.max(0, kept.length - lookBack);
    while (at >= first && kept[at]?.line === issue.line && !sameDefect(kept[at], issue)) at -= 1;
    const other = at >= first && kept[at]?.line === issue.line ? kept[at] : undefined;
    if (!other) kept.push(issue);
    else kept[at] = joinTwo(other, issue);
  }
  return kept;
}

function sameDefect(known: Issue | undefined, issue: FoundIssue): boolean {
  return (
    known !== undefined &&
    (known.cwe ?? []).some((cwe) => issue.cwe?.includes(cwe)) &&
    (known.tool === issue.tool || known.also_found_by?.includes(issue.tool) ? overlap(known, issue) : true)
  );
}

/** Whether two issues of one line mark the same code, as a rule for a call and one for its argument do. */
function overlap(a: FoundIssue, b: FoundIssue): boolean {
  const from = Math.max(a.column ?? 1, b.column ?? 1);
  return from < Math.min(endOf(a), endOf(b));
}

function endOf(issue: FoundIssue): number {
  return issue.end_line !== undefined && issue.end_line > issue.line ? Infinity : (issue.end_column ?? Infinity);
}

function joinTwo(first: Issue, second: Issue): Issue {
  const [best, rest] = telling(second) > telling(first) ? [second, first] : [first, second];
  const tools = new Set([...(first.also_found_by ?? []), ...(second.also_found_by ?? []), rest.tool]);
  tools.delete(best.tool);
  return { ...best, cwe: [...new Set([...(best.cwe ?? []), ...(rest.cwe ?? [])])], also_found_by: [...tools].sort() };
}

function telling(issue: Issue): number {
  const severity = severities.length - severities.indexOf(issue.severity);
  const confidence = issue.confidence ? confidences.length - confidences.indexOf(issue.confidence) : 0;
  return severity * 100 + confidence * 10 + (issue.fix ? 2 : 0) + (issue.suggestion ? 1 : 0);
}

/**
 * A fingerprint is made of the rule, the file and the text of the line, not of its number; equal lines in one file are told apart by their order.
 * Where the analyzer gave a snippet that is used, since a secret in it is masked.
 */
function withFingerprints(issues: readonly Issue[], lineOf: (file: string, line: number) => string): Issue[] {
  const times = new Map<string, number>();
  return issues.map((issue) => {
    const text = (issue.snippet ?? lineOf(issue.file, issue.line)).replace(/\s+/g, ' ').trim();
    const key = JSON.stringify([issue.rule_id, issue.file, text]);
    const time = times.get(key) ?? 0;
    times.set(key, time + 1);
    const fingerprint = createHash('sha256').update(`${key}${time}`).digest('hex').slice(0, 32);
    return { ...issue, fingerprint };
  });
}
