import { severities, type Severity } from '../protocol';

/** The severity of a CVSS score (the bands of CVSS 3.1, 5). */
export function severityOfScore(score: number): Severity {
  return score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : 'low';
}

/** The CWE ids in a text: `CWE-89: SQL injection`, `external/cwe/cwe-089`, `CWE-78, CWE-79`, `89`. */
export function cwesIn(texts: string | number | readonly (string | number)[] | null | undefined): string[] {
  const ids = [texts ?? []]
    .flat()
    .flatMap((text) => [...String(text).matchAll(/(?:^\s*|cwe[-_: ]?)0*(\d+)/gi)].map(([, id]) => id));
  return [...new Set(ids.map((id) => `CWE-${id}`))];
}

/** Whether an issue at or above `threshold` was found. */
export function reaches(counts: Readonly<Record<Severity, number>>, threshold: Severity | 'never'): boolean {
  if (threshold === 'never') return false;
  return severities.slice(0, severities.indexOf(threshold) + 1).some((s) => counts[s] > 0);
}
