import { join } from 'node:path';
import type { OsvSettings } from '../../protocol';
import { abortReason } from '../../base/abort';
import { counted } from '../../base/counted';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import { serviceUrl } from '../../base/serviceUrl';
import { EmbeddedEngine } from '../engine/embeddedEngine';
import type { AnalyzerRun, Availability } from '../engine/engine';
import { WorkerPool } from '../engine/workerPool';
import { OsvCache } from './cache';
import { findingsOf, type SafeUpdate } from './findings';
import { ecosystemsOf, roleOf } from './lockfiles/kinds';
import type { Dependency } from './packages/dependency';
import {
  matchResult,
  readResult,
  updateResult,
  type MatchTask,
  type ReadTask,
  type ReadResult,
  type UpdateTask,
  type UpdateResult,
} from './messages';
import { askService, safeVersions, type KnownVulnerabilities } from './online';
import { validRecords } from './safeVersion';
import { OsvService, serviceLimits, type ServiceLimits } from './service';

/** Timeouts in ms. A lockfile usually takes a tenth of a second, the database of npm ten seconds. */
const timeouts = { read: 60_000, match: 120_000, update: 60_000 };
/** A YAML lockfile takes fifty times its size in memory. */
const heapMb = 1024;

const withheldReason =
  'Packages from registries that are not known to be public were not looked up, since their names may be private. Use a downloaded database to check them without sending their names.';

/** The parts of a run that a lookup needs. */
type LookUp = Pick<AnalyzerRun, 'signal' | 'log' | 'gap'>;

/** Looks up the packages in lockfiles in OSV, a database of known vulnerabilities: https://osv.dev. */
export class Osv extends EmbeddedEngine {
  readonly id = 'osv';
  readonly title = 'Known vulnerabilities of dependencies (OSV)';
  readonly scope = 'project';
  protected readonly version = '1.2.0';

  /**
   * @param assets contains osvWorker.js
   * @param cache folder for cached answers
   */
  constructor(
    assets: string,
    private readonly cache: string,
    private readonly settings: OsvSettings,
    private readonly limits: ServiceLimits = serviceLimits,
  ) {
    const script = join(assets, 'osvWorker.js');
    super(script, new WorkerPool(script, { heapMb }));
  }

  handles(path: string): boolean {
    return roleOf(path) !== undefined;
  }

  group(path: string): readonly string[] {
    return ecosystemsOf(path);
  }

  override async availability(): Promise<Availability> {
    if (!this.settings.enabled)
      return { available: false, reason: 'The dependency lookup is turned off.', turnedOff: true };
    if (this.settings.database.length === 0 && serviceUrl(this.settings.url) === undefined)
      return {
        available: false,
        reason: `The URL of the OSV service, "${this.settings.url}", is not an http or https URL.`,
      };
    return await super.availability();
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    if (run.files.length === 0) return;
    const { dependencies, gaps } = await this.read(run);
    run.progress(run.files.length);
    for (const { kind, reason, path } of gaps) run.gap(kind, reason, [path]);
    if (dependencies.length === 0) {
      if (gaps.length > 0) return;
      throw new CodedError(
        'NOTHING_TO_READ',
        'There is no lockfile or other file with exact versions of dependencies.',
      );
    }
    const files = new Set(dependencies.map(({ file }) => file));
    run.log(
      'info',
      `${counted(dependencies.length, 'dependency', 'dependencies')} with exact versions in ${counted(files.size, 'file')}.`,
    );
    const { records, missing, safe } = await this.lookUp(dependencies, run);
    const updates = await this.#updates(safe ?? new Map(), run);
    run.issues(
      dependencies.flatMap((dependency, index) =>
        findingsOf(dependency, records[index] ?? [], updates.get(dependency)),
      ),
    );
    for (const { reason, of } of missing) {
      run.gap('lookup_failed', reason, filesOf(of));
      run.saved?.missed(filesOf(of));
    }
  }

  /**
   * Looks up what is known about packages.
   * @throws CodedError SKIPPED that says why nothing is known; the signal's reason
   */
  async lookUp(dependencies: readonly Dependency[], run: LookUp): Promise<KnownVulnerabilities> {
    if (this.settings.database.length > 0) return this.#matchDatabase(dependencies, run);
    // Do not send names that may be private.
    const withheld = dependencies.filter((one) => one.private);
    const asked = dependencies.filter((one) => !one.private);
    if (withheld.length > 0) run.gap('lookup_failed', withheldReason, filesOf(withheld));
    if (asked.length === 0) return { records: [], missing: [] };
    const warn = (text: string) => run.log('warning', text);
    const url = serviceUrl(this.settings.url) ?? '';
    const cache = await OsvCache.open(this.cache, url, warn);
    try {
      const known = await askService(asked, new OsvService(url, this.limits), cache, run);
      const records = new Map(asked.map((one, index) => [one, known.records[index] ?? []]));
      const vulnerable = [...records].flatMap(([dependency, all]) =>
        validRecords(all).length > 0 ? [{ dependency, records: all }] : [],
      );
      const safe = await safeVersions(vulnerable, (some) =>
        askService(some, new OsvService(url, this.limits), cache, run),
      ).catch((error: unknown) => {
        run.signal.throwIfAborted();
        warn(`Versions without known vulnerabilities could not be determined: ${errorMessage(error)}`);
        return new Map<Dependency, string>();
      });
      return { records: dependencies.map((one) => records.get(one) ?? []), missing: known.missing, safe };
    } catch (error) {
      if (run.signal.aborted) throw abortReason(run.signal);
      // An outage of the service must not fail the scan.
      const reason = errorMessage(error);
      run.gap('lookup_failed', reason, filesOf(asked));
      throw new CodedError('SKIPPED', reason, { cause: error });
    } finally {
      await cache.save(warn);
    }
  }

  async #matchDatabase(dependencies: readonly Dependency[], run: LookUp): Promise<KnownVulnerabilities> {
    const task = { database: [...this.settings.database], dependencies: [...dependencies] };
    const problem = 'The vulnerability database was not searched';
    const answer = await this.#work('match', task, run.signal, problem).catch((error: unknown) => {
      if (!run.signal.aborted) run.gap('lookup_failed', errorMessage(error), filesOf(dependencies));
      throw error;
    });
    const { records, unread, covered, safe } = matchResult.parse(answer);
    const without = [...new Set(dependencies.map(({ ecosystem }) => ecosystem))].filter(
      (one) => !covered.includes(one),
    );
    const missing = without.map((ecosystem) => ({
      reason: `The vulnerability database does not cover ${ecosystem}.`,
      of: dependencies.filter((one) => one.ecosystem === ecosystem),
    }));
    if (unread > 0)
      missing.push({ reason: `${unread} records of the vulnerability database could not be read.`, of: [] });
    const found = dependencies.flatMap((one, index): [Dependency, string][] => {
      const version = safe[index];
      return typeof version === 'string' ? [[one, version]] : [];
    });
    return { records, missing, safe: new Map(found) };
  }

  /** How to make manifests require versions without known vulnerabilities. If that fails, findings only name the version. */
  async #updates(safe: ReadonlyMap<Dependency, string>, run: AnalyzerRun): Promise<Map<Dependency, SafeUpdate>> {
    const wanted = [...safe].map(([dependency, to]) => ({ dependency, to }));
    const files = run.files.map(({ path, size }) => ({ path, size }));
    let updates: UpdateResult['updates'] = [];
    if (wanted.length > 0)
      try {
        const problem = 'The changes to the manifests could not be determined';
        const answer = await this.#work('update', { root: run.root, files, wanted }, run.signal, problem);
        ({ updates } = updateResult.parse(answer));
      } catch (error) {
        run.signal.throwIfAborted();
        run.log('warning', errorMessage(error));
      }
    return new Map(
      wanted.map(({ dependency, to }, index) => [dependency, { to, update: updates[index] ?? undefined }]),
    );
  }

  /** Reads all lockfiles at once, or each separately if that fails, so that a hostile one affects only itself. @throws the signal's reason */
  async read(run: Pick<AnalyzerRun, 'root' | 'files' | 'signal' | 'log'>): Promise<ReadResult> {
    const files = run.files.map(({ path, size }) => ({ path, size }));
    const lockfiles = files.map(({ path }) => path).filter((path) => roleOf(path)?.role !== 'related');
    const readSome = async (some: string[]) => {
      const task = { root: run.root, files, lockfiles: some };
      const problem = some.length === 1 ? 'A lockfile was not read' : 'The lockfiles could not be read together';
      return readResult.parse(await this.#work('read', task, run.signal, problem));
    };
    try {
      return await readSome(lockfiles);
    } catch (error) {
      if (run.signal.aborted || lockfiles.length < 2) throw error;
      run.log('info', `${errorMessage(error)} Reading each separately.`);
    }
    const dependencies: Dependency[] = [];
    const gaps: ReadResult['gaps'] = [];
    for (const path of lockfiles) {
      try {
        const one = await readSome([path]);
        dependencies.push(...one.dependencies);
        gaps.push(...one.gaps);
      } catch (error) {
        run.signal.throwIfAborted();
        gaps.push({ kind: 'unread_lockfile', reason: errorMessage(error), path });
      }
    }
    return { dependencies, gaps };
  }

  /** Runs a task in a worker, and then ends the worker. */
  async #work(
    name: 'read' | 'match' | 'update',
    task: ReadTask | MatchTask | UpdateTask,
    signal: AbortSignal,
    problem: string,
  ): Promise<unknown> {
    signal.throwIfAborted();
    try {
      return await this.workers.run(name, task, signal, timeouts[name]);
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      const why = errorCode(error) === 'TIMEOUT' ? `it took over ${timeouts[name] / 1000} s` : messageOf(error);
      throw new CodedError('SKIPPED', `${problem}: ${why}.`, { cause: error });
    } finally {
      // Its heap may have grown large.
      await this.workers.close();
    }
  }
}

/** The message of the worker's own error. */
function messageOf(error: unknown): string {
  return errorMessage(error instanceof Error ? (error.cause ?? error) : error).replace(/\.$/, '');
}

function filesOf(dependencies: readonly Dependency[]): string[] {
  return [...new Set(dependencies.map(({ file }) => file))];
}
