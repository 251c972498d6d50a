import { CodedError, errorMessage } from '../../base/errors';
import type { AnalyzerRun } from '../engine/engine';
import { type Advisory, advisory } from './advisory';
import type { OsvCache } from './cache';
import type { Dependency } from './packages/dependency';
import { safeVersion, validRecords } from './safeVersion';
import type { OsvService, Reference } from './service';

/** Records fetched concurrently. */
const parallel = 8;
/** The number of failures after which no more records are fetched. */
const maxFailures = 5;

/** The known vulnerabilities of each dependency. */
export interface KnownVulnerabilities {
  /** In the order of the dependencies. */
  readonly records: readonly (readonly Advisory[])[];
  /** Missing answers. */
  readonly missing: readonly MissingAnswers[];
  /** The nearest later version of each vulnerable one without known vulnerabilities, if there is one. */
  readonly safe?: ReadonlyMap<Dependency, string>;
}

export interface MissingAnswers {
  /** A sentence. */
  readonly reason: string;
  /** The affected dependencies. */
  readonly of: readonly Dependency[];
}

/**
 * Looks up the vulnerabilities of dependencies in a service, unless they are cached.
 * @throws CodedError that says why the service is unusable; the signal's reason
 */
export async function askService(
  dependencies: readonly Dependency[],
  service: OsvService,
  cache: OsvCache,
  run: Pick<AnalyzerRun, 'signal' | 'log'>,
): Promise<KnownVulnerabilities> {
  const unknown = new Map(
    dependencies.filter((one) => !cache.answer(one)).map((one) => [`${one.ecosystem} ${one.name} ${one.version}`, one]),
  );
  const reached = once(() => service.reach(run.signal));
  const asked = [...unknown.values()];
  const missing: MissingAnswers[] = [];
  if (asked.length > 0) {
    await reached();
    run.log('info', `Looking up the vulnerabilities of ${asked.length} packages.`);
    const { found, problem } = await service.query(asked, run.signal);
    for (const [index, one] of asked.entries()) {
      const answer = found[index];
      if (answer) cache.keepAnswer(one, [...answer]);
    }
    const open = dependencies.filter((one) => !cache.answer(one));
    if (problem && open.length === dependencies.length) throw problem;
    if (problem) missing.push({ reason: problem.message, of: open });
  }

  const wanted = new Map<string, Reference>();
  for (const one of dependencies) for (const vuln of cache.answer(one) ?? []) wanted.set(vuln.id, vuln);
  const records = new Map<string, Advisory>();
  const failures = new Map<string, string>();
  const open = [...wanted.values()];
  const fetchSome = async () => {
    for (let vuln = open.pop(); vuln; vuln = open.pop()) {
      const kept = cache.record(vuln);
      try {
        if (!kept && failures.size >= maxFailures) throw new CodedError('SERVICE', [...failures.values()][0] ?? '');
        if (!kept) await reached();
        const record = kept ?? withoutVersionLists(await service.advisory(vuln.id, run.signal));
        if (!kept) cache.keepRecord(vuln, record);
        records.set(vuln.id, record);
      } catch (error) {
        run.signal.throwIfAborted();
        failures.set(vuln.id, errorMessage(error));
        // Even without details, the vulnerability is worth reporting.
        records.set(vuln.id, advisory.parse({ id: vuln.id }));
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, fetchSome));
  if (failures.size > 0)
    missing.push({
      reason: `The details of ${failures.size} vulnerabilities are missing: ${[...failures.values()][0] ?? ''}`,
      of: dependencies.filter((one) => cache.answer(one)?.some(({ id }) => failures.has(id))),
    });
  return {
    records: dependencies.map((one) => (cache.answer(one) ?? []).flatMap(({ id }) => records.get(id) ?? [])),
    missing,
  };
}

/** Removes the list of all affected versions, which is long, and useful only without a service. */
function withoutVersionLists(record: Advisory): Advisory {
  return { ...record, affected: record.affected?.map((one) => ({ ...one, versions: null })) };
}

/** How often to ask the service whether another version has no vulnerabilities. */
const maxSteps = 8;

/**
 * For each dependency, the nearest later version without known vulnerabilities. The service only answers about single versions, so each
 * candidate is queried.
 * @param ask returns what is known about dependencies
 * @returns no entry for those without such a version
 * @throws what `ask` throws
 */
export async function safeVersions(
  vulnerable: readonly { readonly dependency: Dependency; readonly records: readonly Advisory[] }[],
  ask: (dependencies: readonly Dependency[]) => Promise<KnownVulnerabilities>,
): Promise<Map<Dependency, string>> {
  const safe = new Map<Dependency, string>();
  let open = vulnerable.map(({ dependency, records }) => ({
    dependency,
    records: [...records],
    rejected: new Set<string>(),
  }));
  for (let step = 0; step < maxSteps && open.length > 0; step += 1) {
    const tried = open.flatMap((one) => {
      const version = safeVersion(one.dependency, one.records, one.rejected);
      return version === undefined ? [] : [{ one, version, asked: { ...one.dependency, version } }];
    });
    if (tried.length === 0) break;
    const known = await ask(tried.map(({ asked }) => asked));
    const doubtful = new Set(known.missing.flatMap(({ of }) => of));
    open = [];
    for (const [index, { one, version, asked }] of tried.entries()) {
      if (doubtful.has(asked)) continue;
      const records = validRecords(known.records[index] ?? []);
      if (records.length === 0) {
        safe.set(one.dependency, version);
        continue;
      }
      one.records.push(...records);
      one.rejected.add(version);
      open.push(one);
    }
  }
  return safe;
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= act());
}
