import { mkdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import * as z from 'zod';
import { answerOf, findingOf, type DependencyResult, type FixResult } from '../agents/answers';
import type { AgentHost, FixOptions, OnProgress, Scanned } from '../agents/host';
import { readJsonAsset } from '../base/asset';
import { CodedError, errorCode, errorMessage } from '../base/errors';
import { pathMatcher } from '../base/globs';
import { defaultLimits } from '../base/limits';
import type { Logger } from '../base/logger';
import { watchJob } from '../client/jobWatcher';
import type { ScanClient, ScanRequest } from '../client/scanClient';
import { fixedVersion, pageOf, severityOf } from '../engines/dependencies/advisory';
import type { Osv } from '../engines/dependencies/osv';
import type { Dependency } from '../engines/dependencies/packages/dependency';
import { ecosystems } from '../engines/dependencies/packages/versions';
import { validRecords } from '../engines/dependencies/safeVersion';
import { filesOf, fixable, isSafe } from '../findings/applyFixes';
import { gapLine, withGaps } from '../findings/coverage';
import { loadPolicy } from '../findings/policy/load';
import { noPolicy } from '../findings/policy/policy';
import { summarize, type CheckAnswer, type Gap, type Issue, type Report } from '../protocol';
import { takeInventory } from '../sources/inventory';
import { asGlob, changedSince, globsOf, withoutOtherFiles } from './changed';
import { emptyReport } from './emptyReport';
import { diffOfFixes, madeFixes, notApplied, tryFixes } from './fix';
import type { Unwritten } from './fixCopies';

export interface HostOptions {
  /** Folders that agents may ask about, with links resolved; relative paths refer to the first. */
  readonly roots: readonly string[];
  /** Our temporary folder, which the service may also scan. */
  readonly scratch: string;
  /** `none`: ignores all decisions in the roots' `.codeagent/` and in comments. */
  readonly policy: 'none' | undefined;
  readonly client: ScanClient;
  readonly osv: Osv;
  /** The folder of the built files (dist). */
  readonly assets: string;
  readonly log: Logger;
}

/** Snippets in the languages that agents ask about most, with something for each engine to analyze. */
const warming = {
  'warm.js': 'exec("ls " + req.query.dir);\nconst pattern = /^a+b$/;\nconst password = process.env.PASSWORD;\n',
  'warm.py': 'import os\nos.system(input())\n',
};

const pagesFile = z.object({ rules: z.record(z.string(), z.string()) });

/** Implements the agents' tools with a service in this process. */
export class ServiceHost implements AgentHost {
  #newest: Scanned | undefined;
  #pages: Promise<Record<string, string>> | undefined;
  #folders = 0;
  /** Writes happen one at a time. */
  #fixing: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: HostOptions) {}

  async scan(
    path: string | undefined,
    changed: string | undefined,
    signal: AbortSignal,
    onProgress: OnProgress,
  ): Promise<Scanned> {
    const { root, below } = await this.#place(path);
    const within = below === '' ? [] : [asGlob(below)];
    const differing = changed === undefined ? undefined : await changedSince(root, changed, signal);
    const include = differing ? await globsOf(root, differing, within, signal) : within;
    const unchanged = differing !== undefined && include.length === 0;
    const request: ScanRequest = { source: { kind: 'path', path: root }, ...(include.length > 0 && { include }) };
    const report = unchanged ? await this.#empty(root) : await this.#report(request, signal, onProgress);
    // For files that a scan never reads, "unchanged" means nothing either.
    const unread = unchanged
      ? below !== '' && !(await this.#isRead(root, within, signal))
      : report.meta.files_scanned === 0;
    const isBelow = below === '' ? () => true : pathMatcher([below, `${below}/`]);
    const differs = differing ? pathMatcher(differing) : () => true;
    const wanted = withoutOtherFiles(report, (file) => isBelow(file) && differs(file));
    const scope = differing?.filter((file) => overlap(file, below)) ?? (below === '' ? undefined : [below]);
    return (this.#newest = {
      root,
      report: unread ? withGaps(wanted, [unscanned(below)]) : wanted,
      ...(scope && { scope }),
    });
  }

  async within({ root: scannedRoot, scope }: Scanned, path: string): Promise<string | undefined> {
    const { root, below } = await this.#place(path, scannedRoot);
    if (root !== scannedRoot || scope?.some((one) => overlap(one, below)) === false)
      throw new CodedError('NOT_SCANNED', `The latest scan did not cover ${path}. Call scan with this path.`);
    return below === '' ? undefined : below;
  }

  #empty(root: string): Promise<Report> {
    const { policy } = this.options;
    return emptyReport(root, policy ? { policy } : {});
  }

  /** Whether a scan of a root reads any file that matches the patterns. */
  async #isRead(root: string, include: readonly string[], signal: AbortSignal): Promise<boolean> {
    const { policy } = this.options.policy === 'none' ? { policy: noPolicy } : await loadPolicy(root);
    const { exclude = [], include: within = [] } = policy.config?.config ?? {};
    const { files } = await takeInventory(root, {
      ...{ include, exclude, within, askGit: true, limits: defaultLimits, signal },
      onProgress: () => undefined,
    });
    return files.length > 0;
  }

  newest(): Promise<Scanned | undefined> {
    return Promise.resolve(this.#newest);
  }

  check(filename: string, code: string, signal: AbortSignal): Promise<CheckAnswer> {
    return this.#check({ [filename.split(/[/\\]/).join('/')]: code }, signal);
  }

  /**
   * Checks a little code, so that the first real call need not wait for engines, grammars and the team's rules to load.
   * @throws as {@link AgentHost.check}
   */
  async warm(signal: AbortSignal): Promise<void> {
    await this.#check(warming, signal);
  }

  /** @param code by file name */
  async #check(code: Readonly<Record<string, string>>, signal: AbortSignal): Promise<CheckAnswer> {
    return this.#withFolder(async (folder) => {
      for (const [name, text] of Object.entries(code)) {
        const file = join(folder, name);
        try {
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, text, { mode: 0o600 });
        } catch (error) {
          const code = errorCode(error) ?? '';
          // Node's message would name a path inside our temporary folder.
          if (!['EISDIR', 'ENAMETOOLONG', 'EINVAL', 'ENOENT', 'ENOTDIR', 'EILSEQ'].includes(code)) throw error;
          throw new CodedError('INVALID_INPUT', `filename is not a valid file name here (${code}).`);
        }
      }
      // Names are relative to the first root, whose decisions apply.
      const { root } = await this.#place(undefined);
      const { client, policy } = this.options;
      return client.check({ path: folder, files: Object.keys(code), alone: true, policy_of: root, policy }, signal);
    });
  }

  async rulePage(id: string): Promise<string | undefined> {
    const pages = await (this.#pages ??= readJsonAsset(join(this.options.assets, 'rulePages.json')).then(
      (value) => pagesFile.parse(value).rules,
    ));
    return Object.hasOwn(pages, id) ? pages[id] : undefined;
  }

  async fix(scanned: Scanned, issues: readonly Issue[], options: FixOptions, signal: AbortSignal): Promise<FixResult> {
    const turn = this.#fixing.catch(() => undefined).then(() => this.#fix(scanned, issues, options, signal));
    this.#fixing = turn;
    return turn;
  }

  async #fix(
    { root, report }: Scanned,
    issues: readonly Issue[],
    { dryRun, unsafe }: FixOptions,
    signal: AbortSignal,
  ): Promise<FixResult> {
    // It may have been removed, or be a link to somewhere else.
    await this.#place(root);
    return this.#withFolder(async (folder) => {
      const request = {
        path: root,
        rules: undefined,
        unsafe,
        include: undefined,
        exclude: undefined,
        fingerprints: new Set(issues.flatMap(({ fingerprint }) => fingerprint ?? [])),
      };
      const scanCopies = (include?: string[]) =>
        this.#report({ source: { kind: 'path', path: folder }, rulesOf: root, ...(include && { include }) }, signal);
      const outcome = await tryFixes(report, request, folder, scanCopies, signal);
      const failures = dryRun ? [] : await outcome.copies.writeBack();
      const fixed = madeFixes(outcome);
      const files = [...outcome.copies.changed()].map(({ file }) => file);
      const written = !dryRun && files.length > 0;
      const done = new Set(fixed.map(({ fingerprint }) => fingerprint));
      const refused = [...outcome.trial.refused, ...notApplied(outcome, unsafe)];
      const why = (issue: Issue): string => {
        if (!issue.fix) return 'it offers no fix';
        const [fixing] = fixable([issue]);
        if (!fixing) return 'it is suppressed';
        if (!unsafe && !isSafe(fixing))
          return 'its fix may change what correct code does; review the diff of a dry run with unsafe: true';
        const given = refused.find((one) => one.issue.fingerprint === issue.fingerprint)?.why;
        return given ?? unwritten(filesOf(fixing), failures) ?? 'the fix did not pass a rescan';
      };
      return {
        written,
        fixed: fixed.map(findingOf),
        refused: issues
          .filter(({ fingerprint }) => !done.has(fingerprint))
          .map((issue) => ({ fingerprint: issue.fingerprint ?? '', why: why(issue) })),
        diff: diffOfFixes(outcome),
        ...(written && { after: await this.#after(root, files, signal) }),
      };
    });
  }

  /**
   * Scans the changed files again, and makes the result part of the latest scan, whose fingerprints may be gone. Never rejects, since the
   * caller must report what was written: a failed scan becomes a gap.
   */
  async #after(root: string, files: readonly string[], signal: AbortSignal): Promise<FixResult['after']> {
    const report = await this.#report(
      { source: { kind: 'path', path: root }, include: files.map(asGlob) },
      signal,
    ).catch(async (error: unknown) => withGaps(await this.#empty(root), [notScannedAgain(files, error)]));
    if (this.#newest?.root === root)
      this.#newest = { ...this.#newest, report: replaced(this.#newest.report, report, files) };
    const issues = report.files.flatMap((file) => file.issues);
    return answerOf({ root, issues, gaps: report.meta.coverage?.gaps ?? [] }, {}, { scan: undefined });
  }

  async dependency(
    ecosystem: string,
    name: string,
    version: string | undefined,
    signal: AbortSignal,
  ): Promise<DependencyResult> {
    const known = ecosystems.find((one) => one.toLowerCase() === ecosystem.toLowerCase());
    if (!known) throw new CodedError('INVALID_INPUT', `ecosystem must be one of ${ecosystems.join(', ')}.`);
    const asked: Dependency = {
      ...{ ecosystem: known, name, version: version ?? '' },
      ...{
        lockfile: '',
        file: '',
        line: 1,
        column: 1,
        endColumn: 2,
        snippet: '',
        dev: false,
        direct: true,
        private: false,
      },
    };
    const available = await this.options.osv.availability();
    if (!available.available) throw new CodedError('UNAVAILABLE', available.reason);
    let gap: string | undefined;
    const { records, missing, safe } = await this.options.osv.lookUp([asked], {
      signal,
      log: (_level, message) => this.options.log.debug(message),
      gap: (_kind, reason) => (gap = reason),
    });
    const reason = missing[0]?.reason ?? gap;
    const found = validRecords(records[0] ?? []);
    if (reason !== undefined && found.length === 0) throw new CodedError('LOOKUP_FAILED', reason);
    return {
      ecosystem: known,
      name,
      version: version ?? null,
      vulnerabilities: found.map((record) => ({
        id: record.id,
        aliases: [...(record.aliases ?? [])],
        summary: record.summary ?? record.details?.split('\n')[0] ?? '',
        severity: severityOf(record, asked),
        fixed_in: (version === undefined ? undefined : fixedVersion(record, asked)) ?? null,
        url: pageOf(record),
      })),
      safe_version: (version === undefined ? undefined : safe?.get(asked)) ?? null,
    };
  }

  /** Resolves a path. @throws CodedError OUTSIDE, also if a link leads outside; NOT_FOUND */
  async #place(path: string | undefined, base = this.options.roots[0] ?? ''): Promise<{ root: string; below: string }> {
    const wanted = path === undefined ? base : resolve(base, path);
    let real: string;
    let isFolder: boolean;
    try {
      real = await realpath(wanted);
      isFolder = (await stat(real)).isDirectory();
    } catch (error) {
      // Whether a path exists is only revealed inside the roots.
      if (this.#rootOf(wanted) === undefined) throw this.#outside(path ?? wanted);
      throw new CodedError(
        'NOT_FOUND',
        `${path ?? wanted} cannot be read (${errorCode(error) ?? errorMessage(error)}).`,
      );
    }
    const root = this.#rootOf(real);
    if (root === undefined) throw this.#outside(path ?? wanted);
    if (real === root && !isFolder) throw new CodedError('NOT_FOUND', `${root} is no longer a folder.`);
    return { root, below: relative(root, real).split(sep).join('/') };
  }

  #rootOf(path: string): string | undefined {
    return this.options.roots.find((root) => {
      const way = relative(root, path);
      return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith(`..${sep}`));
    });
  }

  #outside(path: string): CodedError {
    return new CodedError('OUTSIDE', `${path} is outside of the roots: ${this.options.roots.join(', ')}.`);
  }

  async #withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
    const folder = join(this.options.scratch, String((this.#folders += 1)));
    await mkdir(folder);
    try {
      return await use(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Scans. @throws CodedError SCAN_FAILED; the signal's reason, once the job is canceled */
  async #report(request: ScanRequest, signal: AbortSignal, onProgress?: OnProgress): Promise<Report> {
    const { client, log, policy } = this.options;
    signal.throwIfAborted();
    // Not aborted midway: the scan might then run without anyone knowing its job.
    const { job_id } = await client.submit({ ...request, ...(policy && { policy }) });
    let lost = '';
    const watch = watchJob(client, job_id, {
      job: ({ progress }) => {
        if (progress) onProgress?.(progress.percent);
      },
      log: () => undefined,
      findings: () => undefined,
      connection: () => undefined,
      lost: (reason) => (lost = reason),
    });
    const onAbort = () => {
      client.cancel(job_id).catch((error: unknown) => log.warn(`A scan was not canceled: ${errorMessage(error)}`));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    try {
      const job = await watch.done;
      signal.throwIfAborted();
      if (job === 'lost') throw new CodedError('SCAN_FAILED', `The scan is lost: ${lost}`);
      if (job.status !== 'completed') throw new CodedError('SCAN_FAILED', `The scan ${job.status}: ${job.error ?? ''}`);
      return await client.report(job_id);
    } finally {
      signal.removeEventListener('abort', onAbort);
      watch.dispose();
    }
  }
}

/** Whether two paths below a root are the same, or one contains the other; '' is the root, and a folder may end with '/'. */
function overlap(one: string, other: string): boolean {
  const asFolder = (path: string) => (path === '' ? '' : path.replace(/\/?$/, '/'));
  return asFolder(one).startsWith(asFolder(other)) || asFolder(other).startsWith(asFolder(one));
}

/** Reports that a scan read no file. @param path the requested path, relative to the root; '' for the whole root */
function unscanned(path: string): Gap {
  const reason =
    'Nothing at the requested path was scanned: everything there is ignored, excluded, third-party, generated or binary.';
  return { kind: 'over_limit', analyzer: null, reason, files: 0, examples: path === '' ? [] : [path] };
}

function notScannedAgain(files: readonly string[], error: unknown): Gap {
  const reason = `The changed files could not be scanned again: ${errorMessage(error)}`;
  return { kind: 'unfinished', analyzer: null, reason, files: files.length, examples: files.slice(0, 5) };
}

/** Why a fix of these files was not written, or only in part: a clause. */
function unwritten(files: readonly string[], failures: readonly Unwritten[]): string | undefined {
  const failed = failures.filter(({ file }) => files.includes(file));
  if (failed.length === 0) return undefined;
  const partly = failed.length < files.length ? 'only a part of it was written: ' : '';
  return partly + failed.map(({ file, why }) => `${file} was not written: ${why}`).join('; ');
}

/** Replaces a report's findings in some files by those of a later report. The result is a new report, for which earlier cursors are invalid. */
function replaced(before: Report, later: Report, files: readonly string[]): Report {
  const now = [...before.files.filter(({ path }) => !files.includes(path)), ...later.files];
  const known = new Set(before.meta.coverage?.gaps.map(gapLine));
  const more = (later.meta.coverage?.gaps ?? []).filter((gap) => !known.has(gapLine(gap)));
  const summary = summarize(now.flatMap(({ issues }) => issues));
  return withGaps({ ...before, job_id: later.job_id, summary, files: now }, more);
}
