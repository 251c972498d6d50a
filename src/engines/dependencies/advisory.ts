import { CVSS20, CVSS30, CVSS31, CVSS40 } from '@pandatix/js-cvss';
import * as z from 'zod';
import type { Severity } from '../../protocol';
import type { Dependency } from './packages/dependency';
import { packageKey } from './packages/packageNames';
import { compareVersions, type Ecosystem } from './packages/versions';

const strings = z.array(z.string());
const event = z.object({
  introduced: z.string().optional(),
  fixed: z.string().optional(),
  last_affected: z.string().optional(),
  limit: z.string().optional(),
});
const severity = z.object({ type: z.string(), score: z.string() });

/** The parts of an OSV record that we use: https://ossf.github.io/osv-schema/ */
export const advisory = z.object({
  id: z.string().min(1).max(200),
  modified: z.string().optional(),
  withdrawn: z.string().nullish(),
  aliases: strings.nullish(),
  summary: z.string().nullish(),
  details: z
    .string()
    .nullish()
    .transform((text) => text?.slice(0, 500)),
  severity: z.array(severity).nullish(),
  affected: z
    .array(
      z.object({
        package: z.object({ ecosystem: z.string(), name: z.string() }).nullish(),
        severity: z.array(severity).nullish(),
        ranges: z.array(z.object({ type: z.string(), events: z.array(event) })).nullish(),
        versions: strings.nullish(),
      }),
    )
    .nullish(),
  references: z.array(z.object({ type: z.string(), url: z.string() })).nullish(),
  database_specific: z
    .object({ severity: z.unknown().optional(), cwe_ids: z.unknown().optional() })
    .nullish()
    .catch(undefined),
});
export type Advisory = z.infer<typeof advisory>;
type Affected = NonNullable<Advisory['affected']>[number];

/** The parts of a record about a package. */
export function affectedOf({ affected }: Advisory, { ecosystem, name }: Pick<Dependency, 'ecosystem' | 'name'>) {
  const key = packageKey(ecosystem, name);
  return (affected ?? []).filter(
    // Names like "Packagist:https://..." stand for a part of an ecosystem.
    (one) => one.package?.ecosystem.split(':')[0] === ecosystem && packageKey(ecosystem, one.package.name) === key,
  );
}

/** Whether a record says that this version is affected: https://ossf.github.io/osv-schema/#evaluation */
export function isAffected(record: Advisory, { ecosystem, name, version }: Dependency): boolean {
  return affectedOf(record, { ecosystem, name }).some(
    (affected) =>
      (affected.versions ?? []).includes(version) || rangeContaining(affected, ecosystem, version) !== undefined,
  );
}

/** @returns the range that contains the version, and the fixed version if there is one */
function rangeContaining(
  { ranges }: Affected,
  ecosystem: Ecosystem,
  version: string,
): { fixed: string | undefined } | undefined {
  for (const { type, events } of ranges ?? []) {
    if (type === 'GIT') continue;
    const points = events
      .flatMap((one) =>
        Object.entries(one).flatMap(([kind, at]) => (typeof at === 'string' && kind !== 'limit' ? [{ kind, at }] : [])),
      )
      .sort((a, b) => (a.at === '0' ? -1 : b.at === '0' ? 1 : compareVersions(ecosystem, a.at, b.at)));
    const limits = events.flatMap(({ limit }) => (limit === undefined || limit === '*' ? [] : [limit]));
    if (limits.length > 0 && limits.every((limit) => compareVersions(ecosystem, version, limit) >= 0)) continue;
    let inside = false;
    for (const { kind, at } of points) {
      const order = at === '0' ? 1 : compareVersions(ecosystem, version, at);
      if (kind === 'introduced' && order >= 0) inside = true;
      if (kind === 'fixed' && order >= 0) inside = false;
      if (kind === 'last_affected' && order > 0) inside = false;
    }
    if (!inside) continue;
    const end = points.find(({ kind, at }) => kind === 'fixed' && compareVersions(ecosystem, version, at) < 0);
    return { fixed: end?.at };
  }
  return undefined;
}

/** The lowest fixed version above this one; undefined if there is none. */
export function fixedVersion(record: Advisory, dependency: Dependency): string | undefined {
  const { ecosystem, version } = dependency;
  const later = affectedOf(record, dependency)
    .flatMap((affected) => {
      const around = rangeContaining(affected, ecosystem, version);
      if (around) return around.fixed === undefined ? [] : [around.fixed];
      return (affected.ranges ?? []).flatMap(({ type, events }) =>
        type === 'GIT' ? [] : events.flatMap(({ fixed }) => (fixed === undefined ? [] : [fixed])),
      );
    })
    .filter((fixed) => compareVersions(ecosystem, fixed, version) > 0);
  return later.sort((a, b) => compareVersions(ecosystem, a, b))[0];
}

/**
 * The severity: by the CVSS base score (4, 3, then 2), otherwise by the database's own rating, otherwise medium.
 * https://www.first.org/cvss/v3.1/specification-document#Qualitative-Severity-Rating-Scale
 */
export function severityOf(record: Advisory, dependency: Pick<Dependency, 'ecosystem' | 'name'>): Severity {
  return knownSeverity(record, dependency) ?? 'medium';
}

/** As {@link severityOf}, but undefined if the record does not say. */
export function knownSeverity(
  record: Advisory,
  dependency: Pick<Dependency, 'ecosystem' | 'name'>,
): Severity | undefined {
  // A malicious package has already run its code.
  if (record.id.startsWith('MAL-')) return 'critical';
  const own = affectedOf(record, dependency).flatMap((affected) => affected.severity ?? []);
  const vectors = [...own, ...(record.severity ?? [])];
  for (const type of ['CVSS_V4', 'CVSS_V3', 'CVSS_V2']) {
    const score = vectors.filter((vector) => vector.type === type).map(({ score }) => baseScore(score));
    const best = score.find((value) => value !== undefined);
    if (best !== undefined) return best >= 9 ? 'critical' : best >= 7 ? 'high' : best >= 4 ? 'medium' : 'low';
  }
  const word = record.database_specific?.severity;
  if (typeof word !== 'string') return undefined;
  return words.get(word.toLowerCase());
}

const words = new Map<string, Severity>([
  ['critical', 'critical'],
  ['high', 'high'],
  ['moderate', 'medium'],
  ['medium', 'medium'],
  ['low', 'low'],
]);

/** The base score of a CVSS vector of any version, 0 to 10; undefined if it is not one. */
export function baseScore(vector: string): number | undefined {
  try {
    if (vector.startsWith('CVSS:4.0/')) return new CVSS40(vector).Score();
    if (vector.startsWith('CVSS:3.1/')) return new CVSS31(vector).BaseScore();
    if (vector.startsWith('CVSS:3.0/')) return new CVSS30(vector).BaseScore();
    return new CVSS20(vector.replace(/^\(|\)$/g, '')).BaseScore();
  } catch {
    return undefined; // Not a vector; try another source.
  }
}

/** CWE ids of a record. */
export function cwesOf(record: Advisory): string[] {
  const ids = record.database_specific?.cwe_ids;
  return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string' && /^CWE-\d+$/.test(id)) : [];
}

/** A web page about the advisory. */
export function pageOf(record: Advisory): string {
  if (/^GHSA(?:-[\w]{4}){3}$/.test(record.id)) return `https://github.com/advisories/${record.id}`;
  const url = record.references?.find(({ type }) => type === 'ADVISORY')?.url;
  return url !== undefined && /^https:\/\/[^\s"<>]+$/.test(url)
    ? url
    : `https://osv.dev/vulnerability/${encodeURIComponent(record.id)}`;
}
