import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readTextBounded } from '../base/boundedFile';
import { maxReadSize } from '../base/limits';
import { isSuppressed, severities, type Issue, type Report, type FoundIssue } from '../protocol';
import { formerRule, replacedRules } from './renamedRules';
import { familyOf } from './weaknessFamilies';

const confidences = ['high', 'medium', 'low'] as const;

/**
 * Merges the findings of all analyzers into the files of a report: drops exact duplicates, combines findings of the same defect, adds
 * fingerprints, and sorts.
 * @param lineOf returns the text of a line in a file, or '' if it cannot be read
 * @param apart IDs of rules whose findings are not combined with others: a team's rules, whose findings would hide others or be hidden by them
 */
export function mergeIssues(
  found: readonly FoundIssue[],
  lineOf: (file: string, line: number) => string,
  apart: ReadonlySet<string> = new Set(),
): Report['files'] {
  const byFile = new Map<string, FoundIssue[]>();
  for (const issue of found) {
    const issues = byFile.get(issue.file);
    if (issues) issues.push(issue);
    else byFile.set(issue.file, [issue]);
  }
  return [...byFile]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, issues]) => ({ path, issues: withFingerprints(joined(withoutRepeats(issues), apart), lineOf) }));
}

/** Reads the lines of issues, each file once. Lines that can no longer be read are empty. */
export async function readLines(
  root: string,
  files: Iterable<string>,
): Promise<(file: string, line: number) => string> {
  const lines = new Map<string, string[]>();
  for (const file of new Set(files)) {
    try {
      lines.set(file, (await readTextBounded(join(root, file), { maxBytes: maxReadSize })).split(/\r\n|\n|\r/));
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

/** The maximum number of issues on its line that an issue is compared with: enough for hand-written code, and a limit for generated code. */
const lookBack = 50;

/** Lines of a statement within which analyzers may mark different places. */
const longestStatement = 10;

/** Joins the findings of several analyzers or rules with the same line and CWE; the most informative one stays. */
function joined(sorted: readonly FoundIssue[], apart: ReadonlySet<string>): Issue[] {
  const kept: Issue[] = [];
  for (const issue of sorted) {
    // They are sorted, so those on the same line, or in a statement around it, are among the last ones.
    let at = kept.length - 1;
    const first = Math.max(0, kept.length - lookBack);
    const isApart = (one: FoundIssue | undefined) => one !== undefined && apart.has(one.rule_id);
    while (at >= first && (isApart(issue) || isApart(kept[at]) || !sameDefect(kept[at], issue))) at -= 1;
    const other = at >= first ? kept[at] : undefined;
    if (!other) kept.push(issue);
    else kept[at] = joinTwo(other, issue);
  }
  return kept;
}

function sameDefect(known: Issue | undefined, issue: FoundIssue): boolean {
  if (known === undefined || !(known.line === issue.line || within(known, issue))) return false;
  // They all share one CWE. What distinguishes two is the advisory, which has a different id in each database.
  if (known.type === 'dependency' || issue.type === 'dependency') {
    const ids = new Set([known.rule_id, ...(known.aliases ?? [])]);
    return [issue.rule_id, ...(issue.aliases ?? [])].some((id) => ids.has(id));
  }
  if (known.tool === issue.tool || known.also_found_by?.includes(issue.tool))
    return (known.cwe ?? []).some((cwe) => issue.cwe?.includes(cwe)) && overlap(known, issue);
  const families = new Set((known.cwe ?? []).map(familyOf));
  return (issue.cwe ?? []).some((cwe) => families.has(familyOf(cwe)));
}

/** Whether one issue marks a part of the few lines that the other marks: an argument and its call. */
function within(known: Issue, issue: FoundIssue): boolean {
  const last = known.end_line ?? known.line;
  const byOther = known.tool !== issue.tool && !known.also_found_by?.includes(issue.tool);
  return byOther && last - known.line <= longestStatement && (issue.end_line ?? issue.line) <= last;
}

/** Whether two issues on one line mark the same code, such as a call and its argument. */
function overlap(a: FoundIssue, b: FoundIssue): boolean {
  const from = Math.max(a.column ?? 1, b.column ?? 1);
  return from < Math.min(endOf(a), endOf(b));
}

function endOf(issue: FoundIssue): number {
  return issue.end_line !== undefined && issue.end_line > issue.line ? Infinity : (issue.end_column ?? Infinity);
}

function joinTwo(first: Issue, second: Issue): Issue {
  const [best, rest] = informativeness(second) > informativeness(first) ? [second, first] : [first, second];
  const tools = new Set([...(first.also_found_by ?? []), ...(second.also_found_by ?? []), rest.tool]);
  tools.delete(best.tool);
  const cwe = [...new Set([...(best.cwe ?? []), ...(rest.cwe ?? [])])];
  const ids = new Set([best.aliases ?? [], rest.aliases ?? [], best.type === 'dependency' ? rest.rule_id : []].flat());
  ids.delete(best.rule_id);
  // Details that only one of them has must not get lost because the other is better overall.
  const { title = rest.title, flow = rest.flow, fix = rest.fix, package: installed = rest.package } = best;
  const { suppression: bestSuppression, ...facts } = best;
  // If one of them is open, the combined finding is.
  const suppression = isSuppressed(first) === isSuppressed(second) ? (bestSuppression ?? rest.suppression) : undefined;
  return {
    ...facts,
    ...(title !== undefined && { title }),
    ...(flow && { flow }),
    ...(fix && { fix }),
    ...(installed && { package: installed }),
    ...(suppression && { suppression }),
    cwe,
    ...(ids.size > 0 && { aliases: [...ids] }),
    also_found_by: [...tools].sort(),
  };
}

function informativeness(issue: Issue): number {
  // It knows the severity of an advisory for this package, which pip-audit, for example, does not.
  if (issue.tool === 'osv') return Infinity;
  const severity = severities.length - severities.indexOf(issue.severity);
  const confidence = issue.confidence ? confidences.length - confidences.indexOf(issue.confidence) : 0;
  // Built-in rules say how to fix it, and are worded consistently.
  const own = issue.tool === 'ast-grep' ? 50 : 0;
  return severity * 100 + own + confidence * 10 + (issue.fix ? 2 : 0) + (issue.suggestion ? 1 : 0);
}

/**
 * Computes fingerprints from the rule, the file and the text of the line, but not its number; equal lines in a file are distinguished by
 * their order. A rule that replaced others also lists the fingerprints that those gave. The analyzer's snippet is used instead of the line,
 * since its secrets are masked.
 */
function withFingerprints(issues: readonly Issue[], lineOf: (file: string, line: number) => string): Issue[] {
  const [times, formerTimes] = [new Map<string, number>(), new Map<string, number>()];
  return issues.map((issue) => {
    const text = (issue.snippet ?? lineOf(issue.file, issue.line)).replace(/\s+/g, ' ').trim();
    const print = (rule: string, seen: Map<string, number>) => {
      const key = JSON.stringify([formerRule(rule) ?? rule, issue.file, text]);
      const time = seen.get(key) ?? 0;
      seen.set(key, time + 1);
      return createHash('sha256').update(`${key}${time}`).digest('hex').slice(0, 32);
    };
    const former = (replacedRules[issue.rule_id] ?? []).map((rule) => print(rule, formerTimes));
    return {
      ...issue,
      fingerprint: print(issue.rule_id, times),
      ...(former.length > 0 && { former_fingerprints: former }),
    };
  });
}
