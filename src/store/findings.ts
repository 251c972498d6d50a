import { join } from 'node:path';
import { groupBy } from '../base/groupBy';
import { compare, rankOfSeverity, worstFirst } from '../findings/order';
import { mergeIssues } from '../findings/merge';
import { titleOf } from '../findings/title';
import { searchFor } from '../protocol/findingSearch';
import { summarize, type Issue, type Report, type Severity, type Summary, type Suppression } from '../protocol';
import { nothingChecked, isStillValid, type CheckedFiles } from './checked';
import type { TrackedJob } from './scanStore';
import { covers, coversAllOf } from './scope';
import { decisionFor, type FindingDecision, type FindingState, type Suppressions } from './suppressions';

/** A finding in a list. */
export interface Finding {
  /** Unique among those of a list, and the same for the same finding in a later scan or check. */
  readonly id: string;
  readonly job: string;
  /** Display name of the scanned folder or repository. */
  readonly source: string;
  /** Absolute path of the workspace folder that its file is in. */
  readonly folder: string | undefined;
  readonly issue: Issue;
  /** When its file was last looked at, if that was since the scan, by this window's clock (`Date.now()`). */
  readonly checkedAt?: number;
  readonly state: FindingState;
  /** What suppresses it, unless its rule is ignored. */
  readonly decision?: Suppression;
  /** The setting that decided that. */
  readonly setting?: FindingDecision['setting'];
}

export const groupings = ['severity', 'file', 'folder', 'title', 'cwe', 'analyzer'] as const;
export type Grouping = (typeof groupings)[number];

/** What a list hides. It names what is hidden instead of what is shown, so that findings of a new analyzer appear. */
export interface FindingsFilter {
  readonly hiddenSeverities: readonly Severity[];
  readonly hiddenAnalyzers: readonly string[];
  /** In the syntax of {@link searchFor}. */
  readonly text: string;
  /** Whether to show only the findings of the file in the active editor. */
  readonly currentFile: boolean;
  /** Whether to include findings that are ignored or in the baseline. */
  readonly suppressed: boolean;
  /** Whether to hide findings in the baseline, whatever the setting says. */
  readonly newOnly: boolean;
}
export const noFilter: FindingsFilter = {
  hiddenSeverities: [],
  hiddenAnalyzers: [],
  text: '',
  currentFile: false,
  suppressed: false,
  newOnly: false,
};

/** Findings with something in common. They are sorted once they are asked for, since most groups stay folded. */
export class FindingGroup {
  /** The worst of its findings. */
  readonly first: Finding;
  readonly #all: Finding[];
  #isSorted = false;

  /** @param all at least one */
  constructor(
    readonly key: string,
    all: readonly Finding[],
  ) {
    this.#all = [...all];
    this.first = this.#all.reduce((best, one) => (worstFirst(best.issue, one.issue) > 0 ? one : best));
  }

  get worst(): Severity {
    return this.first.issue.severity;
  }

  get count(): number {
    return this.#all.length;
  }

  /** Number of findings that count, by severity. */
  get summary(): Summary {
    return summarize(this.#all.map(({ issue }) => issue));
  }

  /** Worst first, then by file and line. */
  get findings(): readonly Finding[] {
    if (!this.#isSorted) this.#all.sort((a, b) => worstFirst(a.issue, b.issue));
    this.#isSorted = true;
    return this.#all;
  }
}

/**
 * All findings of a job's report, in the report's order; while there is no report, those received so far. The same list as before if neither these nor
 * the suppressions have changed.
 */
export function findingsOf(tracked: TrackedJob, source: string, suppressions: Suppressions): readonly Finding[] {
  const issues = issuesOf(tracked);
  const before = listed.get(issues);
  if (before?.job === tracked.id && before.source === source && before.suppressions === suppressions)
    return before.findings;
  const findings = identified(
    sourceOf(tracked),
    issues.map((issue) => ({
      job: tracked.id,
      source,
      folder: tracked.folder,
      issue,
      ...decisionFor(issue, suppressions),
    })),
  );
  listed.set(issues, { job: tracked.id, source, suppressions, findings });
  return findings;
}

/** The latest results of {@link findingsOf}: a save or another scan leaves them as they are. */
const listed = new WeakMap<
  readonly Issue[],
  {
    readonly job: string;
    readonly source: string;
    readonly suppressions: Suppressions;
    readonly findings: readonly Finding[];
  }
>();

/** Gives findings their ids. Several that are alike are told apart by their order. @param scanned see {@link sourceOf} */
function identified(scanned: string, findings: readonly Omit<Finding, 'id'>[]): Finding[] {
  const times = new Map<string, number>();
  return findings.map((finding) => {
    const { file, fingerprint, rule_id: rule, line } = finding.issue;
    const key = `${scanned}\0${file}\0${fingerprint ?? `${rule}\0${line}`}`;
    const time = times.get(key) ?? 0;
    times.set(key, time + 1);
    return { ...finding, id: `${key}\0${time}` };
  });
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

/**
 * The current findings of one chain of {@link standingJobs}: for each file, those of the latest scan that covers it, or of a later check. What an
 * earlier scan has found by way of files that the later ones did not read still stands.
 * @param checked the files of the folder that were checked since
 */
export function standingFindings(
  chain: readonly TrackedJob[],
  labelOf: (tracked: TrackedJob) => string,
  suppressions: Suppressions,
  checked: CheckedFiles = nothingChecked,
): readonly Finding[] {
  const [newest] = chain;
  const oldest = chain.at(-1);
  if (!newest || !oldest) return [];
  const source = labelOf(oldest);
  const since = newest.origin.service === 'imported' ? nothingChecked : checked;
  const scanned = chain.flatMap((tracked, index) => {
    const newer = chain.slice(0, index);
    const all = findingsOf(tracked, source, suppressions);
    return newer.length === 0 && since.size === 0
      ? all
      : all.filter(({ issue }) => isStillValid(issue, since) && !newer.some((later) => replaces(later, issue)));
  });
  const { id: job, folder } = newest;
  const saved = [...since.values()].flatMap(({ found }) =>
    found.map(({ issue, at }) => ({
      ...{ job, source, folder, issue, checkedAt: at },
      ...decisionFor(issue, suppressions),
    })),
  );
  return saved.length === 0 ? scanned : identified(sourceOf(newest), [...scanned, ...saved]);
}

/** Whether a later scan has read all that an earlier finding is about, or has found it again. */
function replaces({ request, report }: TrackedJob, issue: Issue): boolean {
  if (!covers(request?.include, issue.file)) return false;
  if (coversAllOf(request?.include, issue)) return true;
  const again = report?.files.find(({ path }) => path === issue.file)?.issues ?? [];
  return issue.fingerprint !== undefined && again.some(({ fingerprint }) => fingerprint === issue.fingerprint);
}

/** A job's findings: those of its report, or those received so far, merged as their report will have them. */
export function issuesOf({ report, live }: TrackedJob): readonly Issue[] {
  const known = issuesIn.get(report ?? live);
  if (known) return known;
  const issues = report
    ? report.files.flatMap((file) => file.issues)
    : [
        ...live.filter(({ fingerprint }) => fingerprint !== undefined),
        // In the order that their report will have.
        ...mergeIssues(
          live.filter(({ fingerprint }) => fingerprint === undefined),
          () => '',
        ).flatMap((file) => file.issues),
      ];
  issuesIn.set(report ?? live, issues);
  return issues;
}
const issuesIn = new WeakMap<Report | readonly Issue[], readonly Issue[]>();

/** The unfinished scans since each folder's newest completed full scan, whose findings add to the current ones. */
export function unfinishedJobs(jobs: readonly TrackedJob[]): TrackedJob[] {
  const whole = new Set<string>();
  return jobs.filter((tracked) => {
    const source = sourceOf(tracked);
    const isCompleted = tracked.job.status === 'completed';
    const isOpen = !isCompleted && !whole.has(source);
    if (isCompleted && !isPartial(tracked)) whole.add(source);
    return isOpen;
  });
}

/**
 * What an unfinished scan adds to the current findings.
 * @param current those of completed scans
 * @param checked the files of its folder that were checked since the scans
 */
export function addedBy(
  tracked: TrackedJob,
  all: readonly Finding[],
  current: readonly Finding[],
  checked: CheckedFiles = nothingChecked,
): readonly Finding[] {
  const placeOf = ({ folder, issue }: Finding) => `${folder ?? ''}\0${issue.file}\0${issue.rule_id}\0${issue.line}`;
  const known = new Set(current.map(placeOf));
  const isOlder = (file: string) => (checked.get(file)?.at ?? -Infinity) > (tracked.startedHere ?? -Infinity);
  return all.filter((finding) => !known.has(placeOf(finding)) && !isOlder(finding.issue.file));
}

/** What a job has scanned. An import does not replace scans of the same folder, only an earlier import of the same file. */
export function sourceOf({ id, folder, job, origin }: TrackedJob): string {
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

/** Whether a job has scanned only some files of its folder. */
export function isPartial({ request }: Pick<TrackedJob, 'request'>): boolean {
  return (request?.include?.length ?? 0) > 0;
}

/** The findings that match a filter. @param current absolute path of the file in the active editor */
export function filtered(findings: readonly Finding[], filter: FindingsFilter, current?: string): readonly Finding[] {
  if (!isFiltering(filter)) return findings;
  const severitiesOut = new Set<string>(filter.hiddenSeverities);
  const analyzersOut = new Set(filter.hiddenAnalyzers);
  const fits = searchFor(filter.text);
  return findings.filter(({ folder, issue, state }) => {
    if (filter.newOnly && state === 'known') return false;
    if (severitiesOut.has(issue.severity) || analyzersOut.has(issue.tool)) return false;
    if (filter.currentFile && (folder === undefined || join(folder, issue.file) !== current)) return false;
    const { message, rule_id: rule, file, cwe = [] } = issue;
    return fits({ title: titleOf(issue), message, rule, file, cwe });
  });
}

export function isFiltering(filter: FindingsFilter): boolean {
  return (
    filter.hiddenSeverities.length > 0 ||
    filter.hiddenAnalyzers.length > 0 ||
    filter.text.trim() !== '' ||
    filter.currentFile ||
    filter.suppressed ||
    filter.newOnly
  );
}

/** Puts findings into groups, the worst and largest first. */
export function grouped(findings: readonly Finding[], by: Grouping): FindingGroup[] {
  return [...groupBy(findings, (finding) => keyOf(finding, by))]
    .map(([key, list]) => new FindingGroup(key, list))
    .sort((a, b) => rankOfSeverity(a.worst) - rankOfSeverity(b.worst) || b.count - a.count || compare(a.key, b.key));
}

function keyOf({ issue, source }: Finding, by: Grouping): string {
  switch (by) {
    case 'severity':
      return issue.severity;
    case 'file':
      // Two folders of a workspace may have files with the same path.
      return `${source}/${issue.file}`;
    case 'folder':
      return `${source}/${folderOf(issue.file)}`;
    case 'title':
      return titleOf(issue);
    case 'cwe':
      // The first is the defect itself; the others are its consequences.
      return issue.cwe?.[0] ?? '';
    case 'analyzer':
      return issue.tool;
  }
}

/** The folder of a path in a report; empty at its root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
