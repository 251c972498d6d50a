import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTextBounded } from '../base/boundedFile';
import { CodedError, errorCode, errorMessage } from '../base/errors';
import type { ScanRequest } from '../client/scanClient';
import { identity } from '../findings/compareReports';
import { withGaps } from '../findings/coverage';
import { configPath, maxConfig } from '../findings/policy/config';
import { checkPolicyFolder } from '../findings/policy/policyFolder';
import { isSuppressed, summarize, type Issue, type Report } from '../protocol';
import type { Changes as ChangedFiles } from '../sources/changedFiles';
import { writeEarlierFiles } from '../sources/earlierFiles';
import { mergeBase, resolveCommit, withoutFilters, type Place } from '../sources/git';
import type { ScanArgs } from './args/scan';
import { changesAt } from './changed';

/** The commit that a scan of changed files compares with. */
export interface Base {
  /** As the user named it. */
  readonly ref: string;
  readonly commit: string;
}

/** The files that differ from it. */
export interface Changes extends ChangedFiles {
  readonly base: Base;
  readonly place: Place;
}

/** The old versions of the changed files, in a temporary folder. */
export interface EarlierFiles {
  readonly base: Base;
  readonly folder: string;
  /** The scanned folder, whose custom rules apply. */
  readonly root: string;
  readonly files: number;
  /** The folder's configuration, which determines what runs on them. */
  readonly config: Pick<ScanRequest, 'config' | 'policy'>;
}

/** The identities of the old findings, and of those that were open, or why they are unknown. */
export type KnownFindings = { readonly base: Base } & (
  | { readonly identities: ReadonlySet<string>; readonly open: ReadonlySet<string> }
  | { readonly unknown: string }
);

/**
 * The differences from the commit of --changed or --new-since; undefined without these options.
 * @throws CodedError USAGE if there is no such commit, or no merge base; the signal's reason
 */
export async function changesOf(args: ScanArgs, signal: AbortSignal): Promise<Changes | undefined> {
  const ref = args.newSince ?? args.changed;
  if (args.git !== undefined || ref === undefined) return undefined;
  const place = { folder: args.path, signal };
  // Each git call takes a while, so independent ones run in parallel.
  const filters = withoutFilters(place);
  filters.catch(() => undefined);
  const known = { ...place, filters };
  if (args.newSince === undefined) {
    const commit = ref.startsWith('-') ? undefined : await resolveCommit(place, ref).catch(() => undefined);
    return {
      base: { ref, commit: commit ?? ref },
      place: known,
      ...(await changesAt(known, commit ?? ref, commit !== undefined)),
    };
  }
  const commit = await commonCommit(place, ref);
  return { base: { ref, commit }, place: known, ...(await changesAt(known, commit, true)) };
}

async function commonCommit(place: Place, ref: string): Promise<string> {
  try {
    const commit = ref.startsWith('-') ? null : await mergeBase(place, ref);
    if (typeof commit === 'string') return commit;
    throw new CodedError(
      'USAGE',
      commit === null
        ? noSuchCommit(ref)
        : `--new-since: "${ref}" and HEAD have no commit in common; fetch more of their history first.`,
    );
  } catch (error) {
    if (place.signal.aborted || errorCode(error) === 'USAGE' || !(error instanceof CodedError)) throw error;
    const exists = error.code !== 'GIT_FAILED' || (await resolveCommit(place, ref)) !== undefined;
    throw new CodedError('USAGE', exists ? `--new-since: ${errorMessage(error)}.` : noSuchCommit(ref), {
      cause: error,
    });
  }
}

function noSuchCommit(ref: string): string {
  return `--new-since: there is no commit, branch or tag "${ref}" in this repository; fetch it first.`;
}

/**
 * Writes the old versions of the changed files; undefined if there is nothing to compare with.
 * @param temporary one of our temporary folders
 * @throws as {@link changesOf}; Node's file errors
 */
export async function earlierFilesOf(
  args: ScanArgs,
  changes: Changes,
  temporary: string,
): Promise<EarlierFiles | undefined> {
  const { base, place } = changes;
  // In a repository without commits, everything is new.
  if (!isId.test(base.commit)) return undefined;
  const { folder, files } = await writeEarlierFiles(place, base.commit, changes, temporary);
  // An empty repository: files that git tracks count as source whatever their folder is called, and these were tracked.
  for (const name of ['objects', 'refs']) await mkdir(join(folder, '.git', name), { recursive: true });
  await writeFile(join(folder, '.git', 'HEAD'), 'ref: refs/heads/main\n');
  return { base, folder, root: args.path, files, config: await configOf(args) };
}

const isId = /^[0-9a-f]{40,64}$/;

async function configOf({ path, config }: ScanArgs): Promise<EarlierFiles['config']> {
  if (config === false) return { policy: 'none' };
  const file = config ?? join(path, configPath);
  try {
    if (config === undefined) await checkPolicyFolder(path);
    return {
      config: { file, text: await readTextBounded(file, { maxBytes: maxConfig, followLinks: config !== undefined }) },
    };
  } catch {
    return {}; // The scan itself reports what is wrong with it.
  }
}

/**
 * Scans the old versions. Never rejects: findings count as new if this fails.
 * @param scan undefined if it did not complete
 */
export async function knownFindings(
  { base, folder, root, files, config }: EarlierFiles,
  { analyzers, timeoutSec }: ScanRequest,
  scan: (request: ScanRequest) => Promise<Report | undefined>,
): Promise<KnownFindings> {
  if (files === 0) return { base, identities: new Set(), open: new Set() };
  try {
    const report = await scan({
      source: { kind: 'path', path: folder },
      temporary: true,
      rulesOf: root,
      ...config,
      ...(analyzers && { analyzers }),
      ...(timeoutSec !== undefined && { timeoutSec }),
    });
    if (!report) return { base, unknown: 'the scan of it did not complete' };
    const issues = report.files.flatMap((file) => file.issues);
    const open = issues.filter((issue) => !isSuppressed(issue));
    return { base, identities: new Set(issues.map(identity)), open: new Set(open.map(identity)) };
  } catch (error) {
    return { base, unknown: errorMessage(error) };
  }
}

/** Removes the old findings from a report; if they are unknown, all findings stay, and a gap says so. */
export function withoutKnown(report: Report, known: KnownFindings): Report {
  const { ref, commit } = known.base;
  if ('unknown' in known) {
    const reason = `The findings of ${ref} could not be determined (${known.unknown}), so some of these may be old.`;
    return withGaps(report, [{ kind: 'unfinished', analyzer: null, reason, files: 0, examples: [] }]);
  }
  const { identities, open } = known;
  // A finding that is no longer suppressed counts as new.
  const isKnown = (issue: Issue) => (isSuppressed(issue) ? identities : open).has(identity(issue));
  const files = report.files
    .map(({ path, issues }) => ({ path, issues: issues.filter((issue) => !isKnown(issue)) }))
    .filter(({ issues }) => issues.length > 0);
  const count = (all: Report['files']) => all.reduce((sum, { issues }) => sum + issues.length, 0);
  const since = { ref, commit, known: count(report.files) - count(files) };
  return {
    ...report,
    meta: { ...report.meta, since },
    summary: summarize(files.flatMap(({ issues }) => issues)),
    files,
  };
}
