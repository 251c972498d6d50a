import { affectedOf, isAffected, type Advisory } from './advisory';
import type { Dependency } from './packages/dependency';
import { compareVersions, type Ecosystem } from './packages/versions';

/** The records that have not been withdrawn. */
export function validRecords(records: readonly Advisory[]): Advisory[] {
  return records.filter(({ withdrawn }) => typeof withdrawn !== 'string' || withdrawn === '');
}

/**
 * The nearest later version that none of these records affects: with the same major version if possible, and among those named as fixes,
 * which are known to have been published.
 * @param records of the package
 * @param rejected versions that are known to be unsuitable
 */
export function safeVersion(
  dependency: Dependency,
  records: readonly Advisory[],
  rejected: ReadonlySet<string> = new Set(),
): string | undefined {
  const { ecosystem, version } = dependency;
  const valid = validRecords(records);
  const fixed = valid.flatMap((record) =>
    affectedOf(record, dependency).flatMap(({ ranges }) =>
      (ranges ?? []).flatMap(({ type, events }) =>
        type === 'GIT' ? [] : events.flatMap((event) => (event.fixed === undefined ? [] : [event.fixed])),
      ),
    ),
  );
  const order = (a: string, b: string) => compareVersions(ecosystem, a, b);
  const early = isEarly(ecosystem, version);
  const candidates = [...new Set(fixed)]
    .filter((one) => /^v?\d[\w.+!~-]*$/.test(one) && order(one, version) > 0 && !rejected.has(one))
    .filter((one) => ecosystem !== 'Go' || isSameModule(dependency, one))
    .filter((one) => early || !isEarly(ecosystem, one))
    .filter((one) => !valid.some((record) => isAffected(record, { ...dependency, version: one })))
    .sort(order);
  return candidates.find((one) => isSameMajor(version, one)) ?? candidates[0];
}

/** Whether two versions have the same first number. */
export function isSameMajor(a: string, b: string): boolean {
  const major = (version: string) => /^\D*(?:\d+!)?0*(\d+)/.exec(version)?.[1];
  return major(a) === major(b);
}

/** Whether a version comes before a release. */
function isEarly(ecosystem: Ecosystem, version: string): boolean {
  if (ecosystem === 'Go') return /^[^+]*-(?!(?:[\w.]*\.)?\d{14}-)/.test(version);
  if (['npm', 'crates.io', 'Hex', 'Pub', 'NuGet'].includes(ecosystem)) return /^[^+]*-/.test(version);
  return /[\d.+_-](?:a|b|c|rc|cr|m|alpha|beta|dev|pre|preview|snapshot|milestone|ea|incubating)[._-]?\d*(?:$|[.+_-])/i.test(
    version,
  );
}

/** Starting with major version 2, a module has a different path: https://go.dev/ref/mod#major-version-suffixes */
function isSameModule({ name, version }: Dependency, later: string): boolean {
  const suffix = /\/v(\d+)$|^gopkg\.in\/.*\.v(\d+)$/.exec(name);
  const said = suffix?.[1] ?? suffix?.[2];
  const major = /^v?(\d+)/.exec(later)?.[1] ?? '';
  if (said !== undefined) return major === said;
  return (
    major === '0' ||
    major === '1' ||
    later.includes('+incompatible') ||
    (version.includes('+incompatible') && isSameMajor(version, later))
  );
}
