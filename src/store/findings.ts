import { severities, type Issue, type Severity } from '../protocol';
import type { TrackedJob } from './scanStore';
import { covers } from './scope';
import { stateOf, type FindingState, type Suppressions } from './suppressions';

/** A finding in a list. */
export interface Finding {
  /** Unique, and stable for the same report. */
  readonly id: string;
  readonly job: string;
  /** Display name of the scanned folder or repository. */
  readonly source: string;
  /** Absolute path of the workspace folder that its file is in. */
  readonly folder: string | undefined;
  readonly issue: Issue;
  readonly state: FindingState;
}

export const groupings = ['severity', 'file', 'rule', 'analyzer'] as const;
export type Grouping = (typeof groupings)[number];

/** What a list hides. It names what is hidden instead of what is shown, so that findings of a new analyzer show. */
export interface FindingsFilter {
  readonly hiddenSeverities: readonly Severity[];
  readonly hiddenAnalyzers: readonly string[];
  /** Words that must all appear in the message, rule, file or CWE; case-insensitive. */
  readonly text: string;
  /** Whether to include findings that are ignored or in the baseline. */
  readonly suppressed: boolean;
  /** Whether to hide findings in the baseline, whatever the setting says. */
  readonly newOnly: boolean;
}
export const noFilter: FindingsFilter = {
  hiddenSeverities: [],
  hiddenAnalyzers: [],
  text: '',
  suppressed: false,
  newOnly: false,
};

export interface FindingGroup {
  readonly key: string;
  /** Worst first, then by file and line. */
  readonly findings: readonly Finding[];
  readonly worst: Severity;
}

/** All findings of a job's report, in the report's order; none while there is no report. */
export function findingsOf(tracked: TrackedJob, source: string, suppressions: Suppressions): Finding[] {
  const issues = tracked.report?.files.flatMap((file) => file.issues) ?? [];
  return issues.map((issue, index) => ({
    id: `${tracked.id}:${index}`,
    job: tracked.id,
    source,
    folder: tracked.folder,
    issue,
    state: stateOf(issue, suppressions),
  }));
}

/**
 * The jobs that the current findings of each folder and repository come from: the partial scans since its newest completed full scan, then that
 * scan.
 * @param jobs newest first
 */
export function standingJobs(jobs: readonly TrackedJob[]): TrackedJob[][] {
  const chains = new Map<string, TrackedJob[]>();
  const whole = new Set<string>();
  for (const tracked of jobs) {
    const source = sourceOf(tracked);
    if (tracked.job.status !== 'completed' || whole.has(source)) continue;
    chains.set(source, [...(chains.get(source) ?? []), tracked]);
    if (!isPartial(tracked)) whole.add(source);
  }
  return [...chains.values()];
}

/** The current findings of one chain of {@link standingJobs}: for each file, those of the newest scan that covers it. */
export function standingFindings(
  chain: readonly TrackedJob[],
  sourceOf: (tracked: TrackedJob) => string,
  suppressions: Suppressions,
): Finding[] {
  const source = chain.at(-1);
  return chain.flatMap((tracked, index) => {
    const newer = chain.slice(0, index);
    const all = findingsOf(tracked, sourceOf(source ?? tracked), suppressions);
    return newer.length === 0
      ? all
      : all.filter(({ issue }) => !newer.some(({ request }) => covers(request?.include, issue.file)));
  });
}

/** An import does not replace scans of the same folder, only an earlier import of the same file. */
function sourceOf({ id, folder, job, origin }: TrackedJob): string {
  return origin.service === 'imported' ? `imported:${origin.url}` : (folder ?? job.source?.url ?? id);
}

/** Drops findings that another job has reported as well: the first one with a fingerprint in a folder stays. */
export function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const finders = new Map<string, string>();
  return findings.filter(({ folder, job, issue }) => {
    if (issue.fingerprint === undefined) return true;
    const key = `${folder ?? ''}\0${issue.file}\0${issue.fingerprint}`;
    const finder = finders.get(key);
    if (finder === undefined) finders.set(key, job);
    return finder === undefined || finder === job;
  });
}

function isPartial({ request }: TrackedJob): boolean {
  return (request?.include?.length ?? 0) > 0;
}

/** The findings that match a filter. */
export function filtered(findings: readonly Finding[], filter: FindingsFilter): readonly Finding[] {
  if (!isFiltering(filter)) return findings;
  const severitiesOut = new Set<string>(filter.hiddenSeverities);
  const analyzersOut = new Set(filter.hiddenAnalyzers);
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return findings.filter(({ issue, state }) => {
    if (filter.newOnly && state === 'known') return false;
    if (severitiesOut.has(issue.severity) || analyzersOut.has(issue.tool)) return false;
    if (words.length === 0) return true;
    const text = `${issue.message}\n${issue.rule_id}\n${issue.file}\n${issue.cwe?.join(' ') ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export function isFiltering(filter: FindingsFilter): boolean {
  return (
    filter.hiddenSeverities.length > 0 ||
    filter.hiddenAnalyzers.length > 0 ||
    filter.text.trim() !== '' ||
    filter.suppressed ||
    filter.newOnly
  );
}

/** Puts findings into groups: files by their path, all others worst and largest first. */
export function grouped(findings: readonly Finding[], by: Grouping): FindingGroup[] {
  const lists = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = keyOf(finding, by);
    const list = lists.get(key);
    if (list) list.push(finding);
    else lists.set(key, [finding]);
  }
  const groups = [...lists].map(([key, list]) => {
    list.sort(byWeight);
    return { key, findings: list, worst: list[0]?.issue.severity ?? 'low' };
  });
  if (by === 'file') return groups.sort((a, b) => compare(a.key, b.key));
  return groups.sort(
    (a, b) => rank[a.worst] - rank[b.worst] || b.findings.length - a.findings.length || compare(a.key, b.key),
  );
}

function keyOf({ issue, source }: Finding, by: Grouping): string {
  switch (by) {
    case 'severity':
      return issue.severity;
    case 'file':
      // Two folders of a workspace may have files with the same path.
      return `${source}/${issue.file}`;
    case 'rule':
      return issue.rule_id;
    case 'analyzer':
      return issue.tool;
  }
}

const rank = Object.fromEntries(severities.map((severity, index) => [severity, index])) as Record<Severity, number>;

function byWeight(a: Finding, b: Finding): number {
  return (
    rank[a.issue.severity] - rank[b.issue.severity] ||
    compare(a.issue.file, b.issue.file) ||
    a.issue.line - b.issue.line ||
    (a.issue.column ?? 0) - (b.issue.column ?? 0)
  );
}

/** Compares by code unit: with 10,000 findings, locale-aware order takes 0.1 s longer. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
