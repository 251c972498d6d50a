import { severities, type FoundIssue } from '../../protocol';

import { cwesOf, fixedVersion, knownSeverity, pageOf, type Advisory } from './advisory';
import type { Dependency } from './packages/dependency';
import { roleOf } from './lockfiles/kinds';
import type { ManifestUpdate } from './updates/manifestUpdate';
import { isSameMajor, validRecords } from './safeVersion';
import { refreshOf } from './updates/commands';
import type { Refresh } from '../../protocol';

/** CWE-1395: dependency on a vulnerable third-party component. */
const dependencyCwe = 'CWE-1395';

/** The databases by preference of their descriptions. */
const preferred = ['MAL-', 'GHSA-', 'CVE-'];

/** One finding for each vulnerability of a package, however many databases list it. Withdrawn records are left out. */
export function findingsOf(dependency: Dependency, records: readonly Advisory[], safe?: SafeUpdate): FoundIssue[] {
  return groupAliases(validRecords(records)).map((group) => toIssue(dependency, group, safe));
}

/** A version of a dependency without known vulnerabilities, and how to make the manifests require it, if known. */
export interface SafeUpdate {
  readonly to: string;
  readonly update: ManifestUpdate | undefined;
}

/** Groups records that are aliases of each other or of a third record; the one to show comes first. */
function groupAliases(records: readonly Advisory[]): Advisory[][] {
  let groups: { ids: Set<string>; records: Advisory[] }[] = [];
  for (const record of records) {
    const ids = new Set([record.id, ...(record.aliases ?? [])]);
    const same = groups.filter((group) => [...ids].some((id) => group.ids.has(id)));
    const joined = {
      ids: new Set([...same.flatMap((group) => [...group.ids]), ...ids]),
      records: [...same.flatMap((group) => group.records), record],
    };
    groups = [...groups.filter((group) => !same.includes(group)), joined];
  }
  const rank = ({ id }: Advisory) => preferred.findIndex((prefix) => id.startsWith(prefix)) + 1 || preferred.length + 1;
  return groups.map((group) =>
    group.records.toSorted((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)),
  );
}

function toIssue(dependency: Dependency, group: readonly Advisory[], safe: SafeUpdate | undefined): FoundIssue {
  const { name, version, dev } = dependency;
  const [record] = group;
  if (!record) throw new Error('a vulnerability without a record');
  const others = [...new Set(group.flatMap(({ id, aliases }) => [id, ...(aliases ?? [])]))].filter(
    (id) => id !== record.id && id.length < 100,
  );
  const ids = [record.id, ...others.slice(0, 5)].join(', ');
  const summaryText = group.map(({ summary }) => summary?.trim()).find((text) => text) ?? firstSentence(group);
  const what = (summaryText ?? 'no description available').replace(/\s+/g, ' ').slice(0, 300).replace(/\.$/, '');
  const isMalicious = record.id.startsWith('MAL-');
  const kind = isMalicious ? 'is malicious' : 'has a known vulnerability';
  const known = group.map((one) => knownSeverity(one, dependency)).find((severity) => severity !== undefined);
  return {
    tool: 'osv',
    type: 'dependency',
    title: `${isMalicious ? 'Malicious' : 'Vulnerable'} dependency: ${name}`,
    message: `${name} ${version}${dev ? ' (a development dependency)' : ''} ${kind}: ${what} (${ids}).`,
    severity: known ?? severities[2],
    confidence: 'high',
    file: dependency.file,
    line: dependency.line,
    column: dependency.column,
    end_line: dependency.line,
    end_column: dependency.endColumn,
    rule_id: record.id,
    package: { ecosystem: dependency.ecosystem, name, version },
    ...(others.length > 0 && { aliases: others.slice(0, 50) }),
    suggestion: suggestion(dependency, group, safe),
    cwe: [...new Set([dependencyCwe, ...group.flatMap(cwesOf)])],
    owasp: ['A06:2021'],
    help_url: pageOf(record),
    snippet: dependency.snippet,
    ...(!isMalicious && safe && safe.update && safe.update.edits.length > 0 && fixOf(dependency, safe.to, safe.update)),
  };
}

function firstSentence(group: readonly Advisory[]): string | undefined {
  const details = group.map((record) => record.details?.trim()).find((text) => text);
  return details?.split(/\n|(?<=\.)\s/)[0];
}

function fixOf(dependency: Dependency, to: string, { edits, overrides }: ManifestUpdate): Pick<FoundIssue, 'fix'> {
  const { name, version } = dependency;
  const title = overrides ? `Override ${name} with ${to}` : `Update ${name} to ${to}`;
  const refresh = refreshFor(dependency, to);
  return { fix: { title, edits: [...edits], safe: isSameMajor(version, to), ...(refresh && { refresh }) } };
}

/** What brings the lockfile to this version. */
function refreshFor(dependency: Dependency, to: string): Refresh | undefined {
  const role = roleOf(dependency.lockfile);
  return role?.role === 'lockfile' ? refreshOf(role.kind.format, dependency, to) : undefined;
}

function suggestion(dependency: Dependency, group: readonly Advisory[], safe: SafeUpdate | undefined): string {
  const { name, direct } = dependency;
  if (group.some(({ id }) => id.startsWith('MAL-')))
    return `Remove ${name}, and treat machines that installed it as compromised.`;
  const fixed = group.map((record) => fixedVersion(record, dependency)).find((text) => text !== undefined);
  if (safe) return updateSuggestion(dependency, safe);
  if (fixed === undefined) return `No fixed version of ${name} is known. Consider replacing it.`;
  if (direct) return `Update ${name} to ${fixed} or later.`;
  return `Update ${name} to ${fixed} or later; other packages depend on it, so update those or override its version.`;
}

function updateSuggestion(dependency: Dependency, { to, update }: SafeUpdate): string {
  const { name, version, direct } = dependency;
  const command = refreshFor(dependency, to)?.command;
  const what = `${name} ${update?.overrides ? 'with' : 'to'} ${to}${isSameMajor(version, to) ? '' : ' (another major version)'}`;
  if (!update) {
    const others = '; other packages require it, so update those or override its version';
    return `Update ${what} or later${direct ? '' : `${others}${command === undefined ? '' : `, or run ${command}`}`}.`;
  }
  const where = update.manifests.join(' and ');
  if (update.edits.length > 0)
    return `${update.overrides ? 'Override' : 'Update'} ${what} in ${where}${command === undefined ? '' : `, then run ${command}`}.`;
  const run = command === undefined ? '' : `: run ${command}`;
  return `${where} ${update.manifests.length === 1 ? 'asks' : 'ask'} for ${name} ${to} or later already${run}.`;
}
