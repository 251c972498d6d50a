import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckAnswer } from '../../protocol';
import { errorCode } from '../../base/errors';
import type { Limits } from '../../base/limits';
import type { Logger } from '../../base/logger';
import type { Analyzer } from '../../engines/engine/engine';
import { Gaps } from '../../findings/coverage';
import type { RulePackFolder } from '../../findings/policy/customFiles';
import { mergeIssues, readLines } from '../../findings/merge';
import { maskSecrets } from '../../findings/secrets/maskSecrets';
import { listNames, takeInventory, type InventoryOptions } from '../../sources/inventory';
import { runAnalyzer } from './analyze';
import { readCustomRules } from './customRules';
import { analyzersBy, decide, filesFor, openPolicy, scopeOf, type ApplyOptions } from './policy';

/** Maximum time for a saved file, in ms: an analyzer that needs longer becomes a gap. */
const analyzerTimeout = 30_000;
/** Number of folders whose file names are remembered. */
const maxFolders = 16;
/** What determines which files a scan reads. */
const decidesFiles = /(?:^|\/)\.git(?:ignore|modules)$/;

export interface CheckOptions {
  /** With symbolic links resolved. */
  readonly root: string;
  readonly files: readonly string[];
  readonly analyzers: readonly Analyzer[];
  /** Whether the folder only contains these files, so that all of them belong to a scan. */
  readonly alone?: boolean;
  readonly signal: AbortSignal;
  /** The folder whose `.codeagent/` applies; `root` by default. */
  readonly policyRoot?: string;
  /** `none`: ignores all decisions in `.codeagent/` and in comments. */
  readonly policy?: 'none';
}

/**
 * Checks files that were just saved: immediately, without a job, using analyzers that read each file on its own. Asking git which files
 * belong to a scan takes longer than everything else, so their names are remembered for each folder.
 */
export class Checks {
  /** By folder, in the order of their last use. */
  readonly #names = new Map<string, Set<string>>();

  constructor(
    private readonly limits: Limits,
    private readonly log: Logger,
    private readonly known: Pick<ApplyOptions, 'ruleIds' | 'analyzers'> & {
      readonly rulePacks: readonly RulePackFolder[];
    },
  ) {}

  /** Starts whatever is slow to start, and lists the folder's files. @throws the signal's reason; Node's error if the folder cannot be read */
  async prepare({ root, files, analyzers, signal }: CheckOptions): Promise<void> {
    for (const analyzer of analyzers) if (files.some((path) => analyzer.handles(path))) analyzer.prepare?.();
    if (!this.#names.has(root)) await this.#list(root, signal);
  }

  /** @throws the signal's reason; Node's error if the folder cannot be read */
  async run({
    root,
    files,
    analyzers: all,
    alone = false,
    signal,
    policy,
    policyRoot = root,
  }: CheckOptions): Promise<CheckAnswer> {
    const limits = { ...this.limits, analyzerTimeout };
    const asked = [...new Set(files)];
    const gaps = new Gaps();
    const scan = await openPolicy(policyRoot, { ...(policy && { policy }), defaultAnalyzers: true }, gaps);
    const { analyzers } = analyzersBy(scan, all, []);
    const own = await readCustomRules(policyRoot, {
      ...{ analyzers: all, packs: this.known.rulePacks, ruleIds: this.known.ruleIds, policy, gaps, signal },
      place: { folder: root, rulesets: [] },
    });
    const listed = alone ? asked : await this.#belonging(root, asked, signal);
    const inventory = await takeInventory(root, { ...this.#inventory(signal), ...scopeOf(scan), listed });
    for (const { kind, reason, files: paths } of inventory.gaps) gaps.add(kind, null, reason, paths);
    const job = {
      dispatch: () => undefined,
      findings: () => undefined,
      log: (level: string, analyzer: string | null, message: string) =>
        this.log.debug(`Saved files, ${analyzer ?? 'check'} (${level}): ${message}`),
    };
    const outcomes = await Promise.all(
      analyzers.map((analyzer) =>
        runAnalyzer(analyzer, {
          ...{
            job,
            root,
            signal,
            limits,
            gaps,
            files: filesFor(scan, analyzer.id, inventory.files),
            unkept: true,
            onBytes: () => undefined,
          },
          place: { folder: root, rulesets: [], own: own.rules },
        }),
      ),
    );
    signal.throwIfAborted();
    const found = outcomes.flatMap((outcome) => outcome.found);
    const unquoted = found.filter((issue) => issue.snippet === undefined).map((issue) => issue.file);
    const textOf = await readLines(root, unquoted);
    const merged = mergeIssues(found, (file, line) => maskSecrets(textOf(file, line)), own.rules?.ids);
    const decided = await decide(merged, { root, scan, own, external: true, ...this.known });
    const issues = new Map(decided.files.map((file) => [file.path, file.issues]));
    const gapList = gaps.coverage.gaps;
    const missed = new Set(
      gapList.flatMap(({ kind, analyzer }) => (kind === 'findings_left_out' ? [] : (analyzer ?? []))),
    );
    const read = new Set(inventory.files.map(({ path }) => path));
    return {
      files: [...read].map((path) => ({ path, issues: issues.get(path) ?? [] })),
      left_out: asked.filter((path) => !read.has(path) && !gaps.filesOf('unreadable').has(path)),
      analyzers: analyzers.flatMap(({ id }, index) => {
        const status = outcomes[index]?.summary?.status;
        // An analyzer without files to read has no more findings in these files.
        const isDone = status === undefined || status === 'completed';
        return isDone && !missed.has(id) ? [id] : [];
      }),
      gaps: gapList,
    };
  }

  /** The files that a scan of the folder would read, by name. */
  async #belonging(root: string, files: readonly string[], signal: AbortSignal): Promise<string[]> {
    if (files.some((path) => decidesFiles.test(path))) this.#names.delete(root);
    let names = this.#names.get(root);
    // An unknown name may be that of a new file.
    if (!names || files.some((path) => !names?.has(path))) names = await this.#list(root, signal);
    const isThere = await Promise.all(files.map((path) => exists(join(root, path))));
    return files.filter((path, index) => names.has(path) && isThere[index] === true);
  }

  async #list(root: string, signal: AbortSignal): Promise<Set<string>> {
    const names = new Set(await listNames(root, this.#inventory(signal)));
    this.#names.delete(root);
    this.#names.set(root, names);
    for (const folder of this.#names.keys()) if (this.#names.size > maxFolders) this.#names.delete(folder);
    return names;
  }

  #inventory(signal: AbortSignal): InventoryOptions {
    return { include: [], exclude: [], askGit: true, limits: this.limits, signal, onProgress: () => undefined };
  }
}

/** Whether a file exists, as far as can be determined: one that cannot be accessed counts as existing, and is a gap. */
async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '');
  }
}
