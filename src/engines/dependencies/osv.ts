import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { Piscina } from 'piscina';
import type { OsvSettings } from '../../protocol';
import { abortReason, withDeadline } from '../../base/abort';
import { CodedError, errorMessage, isAbort } from '../../base/errors';
import { serviceUrl } from '../../base/serviceUrl';
import type { Analyzer, AnalyzerRun, Availability } from '../engine';
import { nodeEnv } from '../../base/process';
import { OsvCache } from './cache';
import { findingsOf } from './findings';
import { roleOf } from './lockfiles/readers';
import { matchResult, readResult, type Dependency, type MatchOrder, type ReadOrder, type ReadResult } from './messages';
import { askService, type Known } from './online';
import { OsvService, serviceLimits, type ServiceLimits } from './service';

/** Grows with what the readers and the findings do, since findings are kept by it. */
const version = '1.0.0';
/** How long each may take, in ms. A usual lockfile takes a tenth of a second, the database of npm ten. */
const timeouts = { read: 30_000, match: 120_000 };
const heapMb = 512;

/** Looks up the packages that lockfiles name in the OSV database of known vulnerabilities: https://osv.dev. */
export class Osv implements Analyzer {
  readonly id = 'osv';
  readonly title = 'Known vulnerabilities of dependencies (OSV)';
  readonly kind = 'embedded';
  readonly scope = 'project';
  readonly #worker: string;

  /**
   * @param assets holds osvWorker.js
   * @param cache folder for what the service answered
   */
  constructor(
    assets: string,
    private readonly cache: string,
    private readonly settings: OsvSettings,
    private readonly limits: ServiceLimits = serviceLimits,
  ) {
    this.#worker = join(assets, 'osvWorker.js');
  }

  handles(path: string): boolean {
    return roleOf(path) !== undefined;
  }

  async availability(): Promise<Availability> {
    if (!this.settings.enabled)
      return { available: false, reason: 'Looking up dependencies is turned off.', turnedOff: true };
    if (this.settings.database.length === 0 && serviceUrl(this.settings.url) === undefined)
      return {
        available: false,
        reason: `The OSV service is set to "${this.settings.url}", which is no http or https address.`,
      };
    try {
      await access(this.#worker);
    } catch {
      return { available: false, reason: 'The program that reads lockfiles is missing from this installation.' };
    }
    return { available: true, version };
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    if (run.files.length === 0) return;
    const none = new CodedError(
      'NOTHING_TO_READ',
      'No lockfile, and no other file with exact versions of dependencies.',
    );
    if (!run.files.some(({ path }) => isSource(path))) throw none;
    const { dependencies, failed, lockfiles } = await this.#read(run);
    run.progress(run.files.length);
    if (dependencies.length === 0) {
      if (failed.length > 0 && failed.length >= lockfiles)
        throw new CodedError('SKIPPED', failed.slice(0, 3).join(' '));
      run.log('info', `No dependency with an exact version in ${lockfiles} files.`);
    } else {
      run.log('info', `${dependencies.length} dependencies with exact versions in ${lockfiles} files.`);
    }
    const { records, missing } = await this.#lookUp(dependencies, run);
    run.issues(dependencies.flatMap((dependency, index) => findingsOf(dependency, records[index] ?? [])));
    if (missing !== undefined) run.gap('lookup_failed', missing);
    for (const sentence of failed) run.gap('unread_lockfile', sentence);
  }

  async #lookUp(dependencies: readonly Dependency[], run: AnalyzerRun): Promise<Known> {
    if (dependencies.length === 0) return { records: [] };
    if (this.settings.database.length > 0) return this.#matchDatabase(dependencies, run);
    const warn = (text: string) => run.log('warning', text);
    const url = serviceUrl(this.settings.url) ?? '';
    const cache = await OsvCache.open(this.cache, url, warn);
    try {
      return await askService(dependencies, new OsvService(url, this.limits), cache, run);
    } catch (error) {
      if (run.signal.aborted) throw abortReason(run.signal);
      // A service that is down says nothing of the code: no failure of the scan.
      throw new CodedError('SKIPPED', errorMessage(error), { cause: error });
    } finally {
      await cache.save(warn);
    }
  }

  async #matchDatabase(dependencies: readonly Dependency[], run: AnalyzerRun): Promise<Known> {
    const { database } = this.settings;
    const order = { database: [...database], dependencies: [...dependencies] };
    const { records, unread, covered } = matchResult.parse(
      await this.#work('match', order, run.signal, 'The vulnerability database was not searched'),
    );
    const without = [...new Set(dependencies.map(({ ecosystem }) => ecosystem))].filter(
      (one) => !covered.includes(one),
    );
    const missing = [
      ...(without.length > 0 ? [`The vulnerability database has nothing of ${without.join(', ')}.`] : []),
      ...(unread > 0 ? [`${unread} records of the vulnerability database could not be read.`] : []),
    ];
    return { records, ...(missing.length > 0 && { missing: missing.join(' ') }) };
  }

  async #read(run: AnalyzerRun): Promise<ReadResult> {
    const order = { root: run.root, files: run.files.map(({ path, size }) => ({ path, size })) };
    return readResult.parse(await this.#work('read', order, run.signal, 'The lockfiles were not read'));
  }

  /** Has the worker do something, and ends it. */
  async #work(
    name: 'read' | 'match',
    order: ReadOrder | MatchOrder,
    signal: AbortSignal,
    problem: string,
  ): Promise<unknown> {
    signal.throwIfAborted();
    const pool = new Piscina<ReadOrder | MatchOrder, unknown>({
      filename: this.#worker,
      minThreads: 1,
      maxThreads: 1,
      env: nodeEnv(),
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    try {
      return await withDeadline(timeouts[name], signal, (limited) => pool.run(order, { name, signal: limited }));
    } catch (error) {
      if (signal.aborted) throw abortReason(signal);
      const why = isAbort(error) ? `it took over ${timeouts[name] / 1000} s` : errorMessage(error).replace(/\.$/, '');
      throw new CodedError('SKIPPED', `${problem}: ${why}.`, { cause: error });
    } finally {
      await pool.destroy();
    }
  }
}

/** Whether exact versions may stand in it. */
function isSource(path: string): boolean {
  const role = roleOf(path);
  return role !== undefined && role !== 'manifest' && role !== 'include';
}
