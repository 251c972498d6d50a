import { lstat, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../base/errors';
import { defaultLimits } from '../base/limits';
import type { Analyzer } from '../engines/engine/engine';
import type { BaselineEntry } from '../findings/policy/baseline';
import { loadPolicy } from '../findings/policy/load';
import { analyzerUse, type Policy } from '../findings/policy/policy';
import type { ReportMeta } from '../protocol';
import { takeInventory } from '../sources/inventory';
import { isHistoryFingerprint } from './historyFingerprint';
import type { Toolbox } from './tools';

/** Baseline entries that no finding of a scan matches. */
export interface Unmatched {
  /** Entries whose files were analyzed, or no longer exist: the findings are gone. */
  readonly gone: readonly BaselineEntry[];
  /** Entries whose findings may still exist, by what kept the scan from seeing them. */
  readonly kept: ReadonlyMap<string, readonly BaselineEntry[]>;
}

/**
 * Distinguishes entries whose findings are gone from those that the scan could not have found.
 * @param entries those that no finding matches
 * @param meta of a scan of the whole folder with the default analyzers
 * @throws the signal's reason; Node's file errors
 */
export async function unmatched(
  folder: string,
  entries: readonly BaselineEntry[],
  meta: ReportMeta,
  tools: Toolbox,
  signal: AbortSignal,
): Promise<Unmatched> {
  const gone: BaselineEntry[] = [];
  const kept = new Map<string, BaselineEntry[]>();
  if (entries.length === 0) return { gone, kept };
  const { policy } = await loadPolicy(folder);
  const scanned = await filesOf(folder, policy, signal);
  for (const entry of entries) {
    const why = isHistoryFingerprint(entry.fingerprint)
      ? "git's history was not searched"
      : (unseenAnalyzer(entry, meta, tools, policy) ?? (await unseenFile(folder, entry, scanned)));
    if (why === undefined) gone.push(entry);
    else kept.set(why, [...(kept.get(why) ?? []), entry]);
  }
  return { gone, kept };
}

/** The files that a scan of the folder reads. */
async function filesOf(folder: string, { config }: Policy, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const { exclude = [], include = [] } = config?.config ?? {};
  const { files } = await takeInventory(await realpath(folder), {
    ...{ include: [], exclude, within: include, askGit: true, limits: defaultLimits, signal },
    onProgress: () => undefined,
  });
  return new Set(files.map(({ path }) => path));
}

/** Why the entry's analyzer did not read its file; undefined if it did. */
function unseenAnalyzer(entry: BaselineEntry, meta: ReportMeta, tools: Toolbox, policy: Policy): string | undefined {
  const ids = possibleAnalyzers(entry, tools);
  if (ids.length === 0) return 'the analyzer that found them is unknown';
  const notRun = ids.find((id) => !hasRun(id, meta, tools.analyzers, policy));
  if (notRun !== undefined) return `${notRun} did not run`;
  const off = ids.find((id) => analyzerUse(policy, id, entry.file)?.use === 'off');
  return off === undefined ? undefined : `${off} is off for their files`;
}

/** Rule ID patterns that identify the analyzer. Advisories are looked up by several analyzers. */
const foreignRules: readonly (readonly [rule: RegExp, ids: readonly string[]])[] = [
  [/^B\d{3}$/, ['bandit']],
  [/^G\d{3}$/, ['gosec']],
  [/^(?:AVD|KSV|DS)-?(?:[A-Z]+-)?\d+$/, ['trivy']],
  [/^CVE-/i, ['osv', 'trivy']],
  [/^(?:GHSA|PYSEC|RUSTSEC|GO|OSV|MAL)-/i, ['osv']],
];

/** All analyzers that may have found an entry; empty if unknown. */
function possibleAnalyzers({ tool, rule, file }: BaselineEntry, { analyzers, ruleIds }: Toolbox): readonly string[] {
  if (tool !== undefined) return [tool];
  if (ruleIds?.has(rule) === true)
    return analyzers
      .filter((one) => one.kind === 'embedded' && one.id !== 'osv' && one.handles(file))
      .map(({ id }) => id);
  return foreignRules.find(([pattern]) => pattern.test(rule))?.[1] ?? [];
}

function hasRun(id: string, { tools, analyzers }: ReportMeta, all: readonly Analyzer[], policy: Policy): boolean {
  if (tools.includes(id)) return true;
  // An analyzer that is part of every scan is missing from the report if it had no files to read.
  const isEmbedded = all.some((one) => one.id === id && one.kind === 'embedded');
  return isEmbedded && analyzerUse(policy, id)?.use !== 'off' && analyzers?.some((one) => one.id === id) !== true;
}

/** Why the scan did not read the entry's file; undefined if it did, or the file no longer exists. */
async function unseenFile(
  folder: string,
  { file }: BaselineEntry,
  scanned: ReadonlySet<string>,
): Promise<string | undefined> {
  if (scanned.has(file)) return undefined;
  try {
    await lstat(join(folder, file));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
  }
  return 'their files were not scanned';
}
