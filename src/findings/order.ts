import { isSuppressed, severities, type Issue, type Report, type Severity } from '../protocol';

const severityRank = rankOf(severities);
const confidenceRank: Readonly<Record<string, number>> = rankOf(['high', 'medium', 'low']);

/** The order in which people read findings: open ones first, then by severity, confidence, path and position. */
export function worstFirst(a: Issue, b: Issue): number {
  return byWeight(a, b) || compare(a.file, b.file) || a.line - b.line || (a.column ?? 0) - (b.column ?? 0);
}

/** The files of a report with the worst first, and in each the worst findings first. */
export function filesWorstFirst({ files }: Pick<Report, 'files'>): Report['files'] {
  return files
    .map(({ path, issues }) => ({ path, issues: issues.toSorted(worstFirst) }))
    .sort((a, b) => {
      const [first, second] = [a.issues[0], b.issues[0]];
      const weight = first && second ? byWeight(first, second) : Number(!first) - Number(!second);
      return weight || compare(a.path, b.path);
    });
}

/** How bad a severity is; 0 is the worst. */
export function rankOfSeverity(severity: Severity): number {
  return severityRank[severity];
}

function byWeight(a: Issue, b: Issue): number {
  return (
    Number(isSuppressed(a)) - Number(isSuppressed(b)) ||
    severityRank[a.severity] - severityRank[b.severity] ||
    (confidenceRank[a.confidence ?? 'medium'] ?? 1) - (confidenceRank[b.confidence ?? 'medium'] ?? 1)
  );
}

/** By code unit: with 10,000 findings a locale's order costs a tenth of a second. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function rankOf<T extends string>(levels: readonly T[]): Record<T, number> {
  return Object.fromEntries(levels.map((level, index) => [level, index])) as Record<T, number>;
}
