import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { abortReason } from '../base/abort';
import { readBounded } from '../base/boundedFile';
import { CodedError, errorCode, errorMessage } from '../base/errors';
import { matcher } from '../base/globs';
import { defaultLimits } from '../base/limits';
import { decodeSource } from '../engines/engine/readSource';
import { mayHoldSecrets } from '../engines/secrets/secretlint';
import { SecretTexts, type FoundSecret, type NamedText } from '../engines/secrets/texts';
import { Gaps } from '../findings/coverage';
import { addUnread, loadPolicy } from '../findings/policy/load';
import { markersOf } from '../findings/policy/comments';
import { applyPolicy, noPolicy, problemsOf, type Policy } from '../findings/policy/policy';
import { relativePath, summarize, type Issue, type Job, type PolicyProblem, type Report } from '../protocol';
import {
  blobSizes,
  changesIn,
  filesOfHead,
  isShallow,
  listCommits,
  objectsOfPartialClone,
  readBlobs,
  type CommitChange,
  type CommitChanges,
  type Place,
} from '../sources/git';
import type { ScanArgs } from './args/scan';
import { endSignals } from './endSignals';
import { historyFingerprint } from './historyFingerprint';
import { printable, progressPrinter } from './progress';
import { checkReports, writeReports } from './reports';
import { reportContext, checkFolder, conclude, policyOf } from './scan';

/** Number of commits whose changes are in memory at once, and total bytes of their file versions. */
const commitsAtOnce = 1_000;
const bytesAtOnce = 16_000_000;

const tooLarge = `File versions larger than ${defaultLimits.maxFileSize / 1024 / 1024} MB were not searched.`;
const notHere = 'File versions that this clone lacks were not searched.';
const inLfs = 'Files in Git LFS were not searched: the history has only pointers to them.';
const shallow = 'This clone is shallow: older commits were not searched (git fetch --unshallow fetches them).';
const submodules = 'The history of submodules was not searched: scan each of them.';
const badNames = 'Files whose names no report can contain were not searched.';

/** The start of a Git LFS pointer file. */
const lfsPointer = 'version https://git-lfs.github.com/spec/';

/**
 * Searches git's history for keys that were committed and removed, and reports them like a scan.
 * @param range the commits, in git's syntax; undefined: those of all refs
 * @returns the exit code, as for a scan
 */
export async function scanHistory(args: ScanArgs, range: string | undefined, version: string): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  for (const signal of endSignals) process.on(signal, onSignal);
  const printer = progressPrinter(args.progress);
  try {
    await checkReports(args);
    await checkFolder(args);
    const report = await historyReport(args, range, interrupt.signal, (job) => printer.job(job));
    printer.end();
    const { still_there: left = 0 } = report.meta.history ?? {};
    if (left > 0)
      process.stderr.write(
        `Left out: ${left === 1 ? '1 key that the files still have' : `${left} keys that the files still have`}; a scan without --history finds those.\n`,
      );
    await writeReports(report, args, reportContext(args, version));
    return conclude(report, report.meta.coverage?.gaps.length ?? 0, args);
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    throw error;
  } finally {
    printer.end();
    for (const signal of endSignals) process.off(signal, onSignal);
  }
}

async function historyReport(
  args: ScanArgs,
  range: string | undefined,
  interrupt: AbortSignal,
  onJob: (job: Job) => void,
): Promise<Report> {
  const started = performance.now();
  const gaps = new Gaps();
  const { policy: chosen, config: given } = await policyOf(args);
  const { policy, problems } =
    chosen === 'none' ? { policy: noPolicy, problems: [] } : await loadPolicy(args.path, given);
  addUnread(problems, gaps);
  const limit = new AbortController();
  const seconds = args.timeoutSec ?? defaultLimits.jobTimeout / 1000;
  const timer = setTimeout(() => limit.abort(new CodedError('TIMEOUT', 'timed out')), seconds * 1000);
  const signal = AbortSignal.any([interrupt, limit.signal]);
  const place: Place = { folder: args.path, signal };
  const texts = new SecretTexts(__dirname);
  const jobId = randomUUID();
  try {
    const commits = await commitsOf(place, range);
    if (await isShallow(place)) gaps.add('partial_source', null, shallow);
    const search = new HistorySearch(place, texts, gaps, {
      isWanted: wanted(args, policy),
      isApplied: chosen !== 'none',
      policy,
      local: await objectsOfPartialClone(place),
    });
    let done = 0;
    try {
      for (; done < commits.length; done += commitsAtOnce) {
        onJob(runningJob(jobId, done, commits.length));
        await search.take(await changesIn(place, commits.slice(done, done + commitsAtOnce)));
      }
    } catch (error) {
      if (interrupt.aborted || !limit.signal.aborted) throw error;
      const reason = `The search timed out after ${seconds} s: the newest ${commits.length - done} of ${commits.length} commits were not searched.`;
      gaps.add('timed_out', 'secretlint', reason);
    }
    const { removed, stillThere } = await search.removed({ ...place, signal: interrupt });
    const files = applyPolicy(byFile(removed), policy, () => undefined, Date.now());
    const issues = files.flatMap((file) => file.issues);
    const said: readonly PolicyProblem[] = [
      ...problems,
      ...problemsOf(policy, issues, { isRuleId: () => true, analyzers: [], now: Date.now() }).filter(isOfBaseline),
    ];
    const { failOn, strict } = policy.config?.config ?? {};
    const duration = Math.round(performance.now() - started);
    return {
      job_id: jobId,
      meta: {
        tools: ['secretlint'],
        repo: { source: 'path', url: args.path, ref: range ?? null, commit: null },
        generated_at: new Date().toISOString(),
        duration_ms: duration,
        labels: [],
        analyzers: [
          {
            ...{ id: 'secretlint', version: null, status: 'completed', reason: null },
            ...{ findings: issues.length, duration_ms: duration },
          },
        ],
        files_scanned: search.versions,
        coverage: gaps.coverage,
        policy: {
          ...{ applied: chosen !== 'none', config: policy.config?.file ?? null, problems: [...said] },
          ...(failOn && { fail_on: failOn }),
          ...(strict !== undefined && { strict }),
        },
        history: { range: range ?? null, commits: commits.length, versions: search.versions, still_there: stillThere },
      },
      summary: summarize(issues),
      files,
    };
  } finally {
    clearTimeout(timer);
    await texts.close();
  }
}

function byFile(issues: readonly Issue[]): Report['files'] {
  const files = new Map<string, Issue[]>();
  for (const issue of issues) {
    const some = files.get(issue.file);
    if (some) some.push(issue);
    else files.set(issue.file, [issue]);
  }
  return [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, some]) => ({ path, issues: some.sort((a, b) => a.line - b.line) }));
}

/** The scan of the files reports unknown names in the configuration; here only one analyzer ran. */
function isOfBaseline({ file }: PolicyProblem): boolean {
  return file.endsWith('baseline.json');
}

/** @throws CodedError USAGE if there are no such commits, or no repository; the signal's reason */
async function commitsOf(place: Place, range: string | undefined): Promise<string[]> {
  try {
    return await listCommits(place, range);
  } catch (error) {
    if (place.signal.aborted || !(error instanceof CodedError)) throw error;
    if (errorCode(error) === 'GIT_FAILED' && range !== undefined)
      throw new CodedError(
        'USAGE',
        `--history: git does not know the commit range "${printable(range)}" in ${place.folder}. A folder to scan comes before --history.`,
        { cause: error },
      );
    throw new CodedError('USAGE', `--history: ${place.folder} cannot be searched: ${errorMessage(error)}.`, {
      cause: error,
    });
  }
}

/** Which files to search, by the command line and the configuration. */
function wanted({ include = [], exclude = [] }: ScanArgs, policy: Policy): (path: string) => boolean {
  const [isIncluded, isExcluded] = [matcher(include), matcher(exclude)];
  return (path) =>
    mayHoldSecrets(path) &&
    (include.length === 0 || isIncluded(path)) &&
    !isExcluded(path) &&
    (policy.config?.isScanned(path) ?? true);
}

function runningJob(id: string, done: number, total: number): Job {
  return {
    ...{ job_id: id, status: 'running', submitted_at: null, started_at: null, finished_at: null, error: null },
    progress: {
      phase: 'analyze:secretlint',
      percent: Math.floor((100 * done) / Math.max(1, total)),
      message: `${done} of ${total} commits`,
    },
  };
}

/** A key that a commit introduced. */
interface Introduced {
  readonly issue: Issue;
  removedIn: string | undefined;
}

/** Goes through the commits, oldest first. Keeps only the keys in memory, and which versions were searched. */
class HistorySearch {
  /** Digests of the searched versions, by ID and path, since the findings depend on the path. */
  readonly #searched = new Set<string>();
  /** The keys of the versions that contain any. */
  readonly #keys = new Map<string, readonly FoundSecret[]>();
  /** By key, then by path. */
  readonly #introduced = new Map<string, Map<string, Introduced>>();
  /** IDs of versions that contain a key. */
  readonly #idsWithKeys = new Set<string>();

  constructor(
    private readonly place: Place,
    private readonly texts: SecretTexts,
    private readonly gaps: Gaps,
    private readonly options: {
      readonly isWanted: (path: string) => boolean;
      /** Whether decisions apply. */
      readonly isApplied: boolean;
      readonly policy: Policy;
      /** The available objects, if some are missing. */
      readonly local: ReadonlySet<string> | undefined;
    },
  ) {}

  /** The number of file versions searched. */
  get versions(): number {
    return this.#searched.size;
  }

  /** @throws CodedError GitErrorCode, TOOL_FAILED; the signal's reason */
  async take(commits: readonly CommitChanges[]): Promise<void> {
    const kept = commits.map((one) => ({ ...one, changes: one.changes.filter((change) => this.#isKept(change)) }));
    const all = kept.flatMap(({ changes }) => changes);
    await this.#search(all.flatMap(({ path, after }) => (after === undefined ? [] : [{ path, id: after }])));
    // The previous version only matters if there may be a key now, or was one: within all refs, it has already been searched.
    await this.#search(
      all
        .filter(({ path, after }) => after !== undefined && this.#keysOf(path, after).length > 0)
        .flatMap(({ path, before }) => before.map((id) => ({ path, id }))),
    );
    for (const commit of kept) this.#compare(commit);
  }

  #isKept({ path, isSubmodule }: CommitChange): boolean {
    if (isSubmodule) this.gaps.add('nested_repository', null, submodules, [path]);
    else if (!relativePath.safeParse(path).success) this.gaps.add('partial_source', null, badNames);
    else return this.options.isWanted(path);
    return false;
  }

  /** The keys that a commit introduced: those in any of its files, except those that were in some file before, which it only moved. */
  #compare({ commit, date, changes }: CommitChanges): void {
    const before = changes.flatMap(({ path, before: ids }) => ids.flatMap((id) => this.#keysOf(path, id)));
    const after = changes.flatMap(({ path, after: id }) => (id === undefined ? [] : this.#keysOf(path, id)));
    if (before.length + after.length === 0) return;
    const [old, now] = [new Set(before.map(({ key }) => key)), new Set(after.map(({ key }) => key))];
    const times = new Map<string, number>();
    for (const { key, issue } of after) {
      const places = this.#introduced.get(key) ?? new Map<string, Introduced>();
      const known = places.get(issue.file);
      if (known) known.removedIn = undefined;
      if (known || old.has(key)) continue;
      const fingerprint = historyFingerprint(issue, commit, times);
      places.set(issue.file, {
        issue: { ...issue, fingerprint, committed: { commit, date } },
        removedIn: undefined,
      });
      this.#introduced.set(key, places);
    }
    for (const { key, issue } of before) {
      const places = this.#introduced.get(key);
      if (!places || now.has(key)) continue;
      // Its file may have been renamed since.
      const [only] = places.size === 1 ? places.values() : [];
      const known = places.get(issue.file) ?? only;
      if (known) known.removedIn = commit;
    }
  }

  /** The keys that are no longer in any file. @throws CodedError GitErrorCode, TOOL_FAILED; the signal's reason */
  async removed(place: Place): Promise<{ readonly removed: Issue[]; readonly stillThere: number }> {
    if (this.#introduced.size === 0) return { removed: [], stillThere: 0 };
    const all = [...this.#introduced].flatMap(([key, places]) => [...places.values()].map((one) => ({ key, ...one })));
    const paths = new Set(all.map(({ issue }) => issue.file));
    for (const [path, id] of await filesOfHead(place)) if (this.#idsWithKeys.has(id)) paths.add(path);
    const present = await this.#keysInFiles([...paths], place);
    const gone = all.filter(({ key }) => !present.has(key));
    const stillThere = new Set(all.flatMap(({ key }) => (present.has(key) ? [key] : []))).size;
    return { removed: gone.map(({ issue, removedIn }) => reworded(issue, removedIn)), stillThere };
  }

  async #keysInFiles(paths: readonly string[], { folder, signal }: Place): Promise<ReadonlySet<string>> {
    const keys = new Set<string>();
    for (let at = 0; at < paths.length; at += filesAtOnce) {
      const texts: NamedText[] = [];
      for (const path of paths.slice(at, at + filesAtOnce)) {
        try {
          const content = await readBounded(join(folder, path), { maxBytes: defaultLimits.maxFileSize });
          texts.push({ path, text: decodeSource(content) });
        } catch {
          // Removed, or no longer a regular file: it contains no key.
        }
      }
      // What cannot be searched here counts as removed, so its keys are reported.
      const found = await this.texts.search(texts, signal, () => undefined);
      for (const { key } of [...found.values()].flat()) keys.add(key);
    }
    return keys;
  }

  #keysOf(path: string, id: string): readonly FoundSecret[] {
    return this.#keys.get(`${id} ${path}`) ?? [];
  }

  async #search(versions: readonly { readonly path: string; readonly id: string }[]): Promise<void> {
    const { local } = this.options;
    const fresh = versions.filter(({ path, id }) => {
      const digest = createHash('sha1').update(`${id} ${path}`).digest('base64');
      if (this.#searched.has(digest)) return false;
      this.#searched.add(digest);
      if (!local || local.has(id)) return true;
      this.gaps.add('partial_source', null, notHere, [path]);
      return false;
    });
    if (fresh.length === 0) return;
    const sizes = await blobSizes(this.place, [...new Set(fresh.map(({ id }) => id))]);
    let part: { path: string; id: string }[] = [];
    let bytes = 0;
    for (const version of fresh) {
      const size = sizes.get(version.id);
      if (size === undefined) this.gaps.add('partial_source', null, notHere, [version.path]);
      else if (size > defaultLimits.maxFileSize) this.gaps.add('over_limit', null, tooLarge, [version.path]);
      else {
        if (bytes + size > bytesAtOnce) {
          await this.#searchPart(part);
          [part, bytes] = [[], 0];
        }
        part.push(version);
        bytes += size;
      }
    }
    await this.#searchPart(part);
  }

  async #searchPart(versions: readonly { readonly path: string; readonly id: string }[]): Promise<void> {
    if (versions.length === 0) return;
    const contents = await readBlobs(this.place, [...new Set(versions.map(({ id }) => id))]);
    const idOf = new Map<NamedText, string>();
    for (const { path, id } of versions) {
      const content = contents.get(id);
      if (content === undefined) this.gaps.add('partial_source', null, notHere, [path]);
      else if (content.subarray(0, lfsPointer.length).equals(Buffer.from(lfsPointer)))
        this.gaps.add('partial_source', null, inLfs, [path]);
      else idOf.set({ path, text: decodeSource(content) }, id);
    }
    const found = await this.texts.search([...idOf.keys()], this.place.signal, (kind, reason, files) =>
      this.gaps.add(kind, 'secretlint', reason, files),
    );
    for (const [text, secrets] of found) {
      const id = idOf.get(text) ?? '';
      this.#idsWithKeys.add(id);
      this.#keys.set(`${id} ${text.path}`, this.#decided(text, secrets));
    }
    if (this.place.signal.aborted) throw abortReason(this.place.signal);
  }

  /** Applies the comments of this version; the baseline and configuration follow, since they need the fingerprint. */
  #decided({ path, text }: NamedText, secrets: readonly FoundSecret[]): readonly FoundSecret[] {
    if (!this.options.isApplied) return secrets;
    const markers = markersOf(path, text);
    const [file] = applyPolicy([{ path, issues: secrets.map(({ issue }) => issue) }], noPolicy, () => markers, 0);
    return secrets.map((secret, index) => ({ ...secret, issue: file?.issues[index] ?? secret.issue }));
  }
}

/** Number of the folder's files in memory at once. */
const filesAtOnce = 16;

/** Rewords the finding to say where the key was. */
function reworded(issue: Issue, removedIn: string | undefined): Issue {
  const { commit, date } = issue.committed ?? { commit: '', date: '' };
  const kind = (issue.title ?? 'secret').replace(/^Hard-coded /, '');
  const [short, day] = [commit.slice(0, 10), date.slice(0, 10)];
  const gone = removedIn === undefined ? 'is in no file of this checkout' : `was removed in ${removedIn.slice(0, 10)}`;
  return {
    ...issue,
    title: `${kind[0]?.toUpperCase() ?? ''}${kind.slice(1)} in git history`,
    message: `A hard-coded ${kind} was committed in ${short} on ${day} and ${gone}: everyone who has the repository can still read and use it.`,
    suggestion: `Revoke it where it was issued. Removing commit ${short} from the history does not remove it from existing clones.`,
    committed: { commit, date, ...(removedIn !== undefined && { removed_in: removedIn }) },
  };
}
