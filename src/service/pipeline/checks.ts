import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckAnswer, GapKind } from '../../protocol';
import { errorCode } from '../../base/errors';
import type { Limits } from '../../base/limits';
import type { Logger } from '../../base/logger';
import type { Analyzer, SavedRun } from '../../engines/engine/engine';
import { Gaps } from '../../findings/coverage';
import type { RulePackFolder } from '../../findings/policy/customFiles';
import { mergeIssues, readLines } from '../../findings/merge';
import { maskSecrets } from '../../findings/secrets/maskSecrets';
import { listNames, takeInventory, type InventoryOptions } from '../../sources/inventory';
import { runAnalyzer } from './analyze';
import { readCustomRules } from './customRules';
import { analyzersBy, rateAndSuppress, filesFor, openPolicy, scopeOf, type ApplyOptions } from './policy';

/** Maximum time for a saved file, in ms: an analyzer that needs longer becomes a gap. */
const analyzerTimeout = 30_000;
/** What looking up dependencies takes at most, in ms, as above. */
const lookUpTimeout = 120_000;
/** Folders whose file names are remembered. */
const maxFolders = 16;
/** Other files that are looked at because their findings come from saved ones. */
const maxBeside = 20;
/** What decides which files a scan reads. */
const decidesFiles = /(?:^|\/)\.git(?:ignore|modules)$/;

/** Gaps that leave existing findings valid. For a lookup that failed, they name the files. */
const isHarmless: ReadonlySet<string> = new Set<GapKind>(['findings_left_out', 'lookup_failed']);

type Found = Omit<CheckAnswer, 'dependencies'>;

export interface CheckOptions {
  /** With symbolic links resolved. */
  readonly root: string;
  readonly files: readonly string[];
  readonly analyzers: readonly Analyzer[];
  /** Whether the folder only contains these files, so that all of them belong to a scan. */
  readonly alone?: boolean;
  /** Whether to look at everything that may lead into the files, however long that takes. */
  readonly thorough?: boolean;
  readonly signal: AbortSignal;
  /** The folder whose `.codeagent/` applies; `root` by default. */
  readonly policyRoot?: string;
  /** `none`: ignores all decisions in `.codeagent/` and in comments. */
  readonly policy?: 'none';
}

interface LookOptions extends CheckOptions {
  /** Of each analyzer, in ms. */
  readonly timeout?: number;
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

  /**
   * Also looks at the other files whose findings come from these: those of earlier flows, and those that data is now found to reach.
   * @throws the signal's reason; Node's error if the folder cannot be read
   */
  async run(options: CheckOptions): Promise<Found> {
    const { root, analyzers } = options;
    const files = new Set(options.files);
    const reached = await Promise.all(
      analyzers.map((one) => one.reachedFrom?.(root, options.files) ?? Promise.resolve([])),
    );
    const beside = options.alone === true ? [] : [...new Set(reached.flat())].slice(0, maxBeside);
    const { answer, others } = await this.#look(options, [...files, ...beside]);
    const more = others.slice(0, maxBeside - beside.length);
    const next = more.length > 0 ? await this.#look(options, more) : undefined;
    const all = [...answer.files, ...(next?.answer.files ?? [])];
    return {
      files: all,
      // One of the others that is gone has no finding either.
      left_out: [...answer.left_out, ...(next?.answer.left_out ?? [])],
      analyzers: answer.analyzers.filter((id) => next?.answer.analyzers.includes(id) !== false),
      gaps: [...answer.gaps, ...(next?.answer.gaps ?? [])],
    };
  }

  /**
   * Looks up the dependencies in these files, and in all that are to be seen with them, by the analyzers that look at a project as a whole.
   * @throws as {@link run}
   */
  async ofDependencies(options: CheckOptions): Promise<CheckAnswer> {
    const { root, files, analyzers, signal } = options;
    const names = await this.#namesFor(root, files, signal);
    const groupsOf = (path: string) => analyzers.flatMap((one) => one.group?.(path) ?? []);
    const groups = new Set(files.flatMap(groupsOf));
    const asked = [...new Set([...files, ...names])].filter((path) => groupsOf(path).some((one) => groups.has(one)));
    // Files that others may refer to are next to them.
    const beside = asked.length === 0 ? [] : [...names].filter((path) => isRelated(analyzers, path));
    const { answer } = await this.#look({ ...options, timeout: lookUpTimeout }, [...new Set([...asked, ...beside])]);
    return { ...answer, dependencies: [] };
  }

  /** @returns with the files in which something was found, but that were not asked for */
  async #look(
    { root, analyzers: all, alone = false, thorough = false, signal, policy, policyRoot = root, ...more }: LookOptions,
    asked: readonly string[],
  ): Promise<{ readonly answer: Found; readonly others: readonly string[] }> {
    const limits = { ...this.limits, analyzerTimeout: more.timeout ?? analyzerTimeout };
    const gaps = new Gaps();
    const scan = await openPolicy(policyRoot, { ...(policy && { policy }), defaultAnalyzers: true }, gaps);
    const { analyzers } = analyzersBy(scan, all, []);
    const own = await readCustomRules(policyRoot, {
      ...{ analyzers: all, packs: this.known.rulePacks, ruleIds: this.known.ruleIds, policy, gaps, signal },
      place: { folder: root, rulesets: [] },
    });
    const names = alone ? new Set(asked) : await this.#namesFor(root, asked, signal);
    const listed = alone ? asked : await belonging(root, asked, names);
    const inventory = await takeInventory(root, { ...this.#inventory(signal), ...scopeOf(scan), listed });
    for (const { kind, reason, files: paths } of inventory.gaps) gaps.add(kind, null, reason, paths);
    const job = {
      dispatch: () => undefined,
      findings: () => undefined,
      log: (level: string, analyzer: string | null, message: string) =>
        this.log.debug(`Saved files, ${analyzer ?? 'check'} (${level}): ${message}`),
    };
    const isAlone = new Set<string>();
    const isMissed = new Set<string>();
    const saved: SavedRun = {
      all: names,
      isThorough: thorough,
      alone: (paths) => {
        for (const path of paths) isAlone.add(path);
      },
      missed: (paths) => {
        for (const path of paths) isMissed.add(path);
      },
    };
    const outcomes = await Promise.all(
      analyzers.map((analyzer) =>
        runAnalyzer(analyzer, {
          ...{ job, root, signal, limits, gaps, saved, unkept: true },
          files: filesFor(scan, analyzer.id, inventory.files),
          onBytes: () => undefined,
          place: { folder: root, rulesets: [], own: own.rules },
        }),
      ),
    );
    signal.throwIfAborted();
    const read = new Set(inventory.files.map(({ path }) => path));
    const everything = outcomes.flatMap((outcome) => outcome.found);
    const found = everything.filter(({ file }) => read.has(file));
    const others = new Set(everything.flatMap(({ file }) => (asked.includes(file) ? [] : [file])));
    const unquoted = found.filter((issue) => issue.snippet === undefined).map((issue) => issue.file);
    const textOf = await readLines(root, unquoted);
    const merged = mergeIssues(found, (file, line) => maskSecrets(textOf(file, line)), own.rules?.ids);
    const decided = await rateAndSuppress(merged, { root, scan, own, external: true, ...this.known });
    const issues = new Map(decided.files.map((file) => [file.path, file.issues]));
    const told = gaps.coverage.gaps;
    const missed = new Set(told.flatMap(({ kind, analyzer }) => (isHarmless.has(kind) ? [] : (analyzer ?? []))));
    const answer: Found = {
      files: [...read]
        .filter((path) => !isMissed.has(path))
        .map((path) => ({ path, issues: issues.get(path) ?? [], alone: isAlone.has(path) })),
      left_out: asked.filter((path) => !read.has(path) && !gaps.filesOf('unreadable').has(path)),
      analyzers: analyzers.flatMap(({ id }, index) => {
        const status = outcomes[index]?.summary?.status;
        // An analyzer without files to read has no more findings in these files.
        const isDone = status === undefined || status === 'completed';
        return isDone && !missed.has(id) ? [id] : [];
      }),
      gaps: told,
    };
    return { answer, others: [...others] };
  }

  /** The names of the files that a scan of the folder would read. */
  async #namesFor(root: string, files: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    if (files.some((path) => decidesFiles.test(path))) this.#names.delete(root);
    const names = this.#names.get(root);
    // A name that is not there may be that of a new file.
    return names && files.every((path) => names.has(path)) ? names : await this.#list(root, signal);
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

/** Whether a file is not scanned itself, but scanned files may refer to it. */
function isRelated(analyzers: readonly Analyzer[], path: string): boolean {
  return analyzers.some((one) => one.handles(path) && (one.group?.(path) ?? []).length === 0);
}

/** The files that are listed and exist. */
async function belonging(root: string, files: readonly string[], names: ReadonlySet<string>): Promise<string[]> {
  const isThere = await Promise.all(files.map((path) => exists(join(root, path))));
  return files.filter((path, index) => names.has(path) && isThere[index] === true);
}

/** Whether a file exists, as far as can be seen: one that cannot be looked at counts as there, and is a gap. */
async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '');
  }
}
