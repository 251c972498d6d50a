import { CodedError } from '../base/errors';
import type { Logger } from '../base/logger';
import { fingerprintsOf } from '../findings/fingerprints';
import { isExpired, type BaselineEntry } from '../findings/policy/baseline';
import { changeBaseline, readBaseline } from '../findings/policy/baselineFile';
import { loadPolicy } from '../findings/policy/load';
import { expiry } from '../findings/policy/policy';
import { isSuppressed, type Report } from '../protocol';
import type { BaselineArgs } from './args/baseline';
import { withoutCommands } from './actionsLog';
import { endSignals } from './endSignals';
import { writeOutput, isFolder } from './output';
import { printable } from './progress';
import { configErrors, endedJob, ownService, printGaps, problemLine } from './scan';
import type { Toolbox } from './tools';
import { unmatched } from './unmatched';

/**
 * Writes, prunes or checks the baseline of a folder.
 * @returns the exit code: 0 done, 1 entries have expired (--check), 3 the scan did not complete, 4 gaps keep it from being pruned, 130 canceled by Ctrl-C
 * @throws CodedError USAGE when there is no such folder, or its configuration is wrong; BAD_BASELINE
 */
export async function baseline(args: BaselineArgs, log: Logger, version: string): Promise<number> {
  if (!(await isFolder(args.path))) throw new CodedError('USAGE', `${args.path} is not a readable folder.`);
  if (args.does === 'check') return check(args.path);
  // Without it, the open findings would differ from those that the team sees.
  const wrong = configErrors((await loadPolicy(args.path)).problems);
  if (wrong.length > 0) throw new CodedError('USAGE', wrong.map(problemLine).join('\n'));
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  for (const signal of endSignals) process.on(signal, onSignal);
  try {
    const ended = await scanned(args, log, version, interrupt.signal);
    if (typeof ended === 'number') return ended;
    return await (args.does === 'prune' ? prune(args.path, ended, interrupt.signal) : add(args, ended.report));
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    throw error;
  } finally {
    for (const signal of endSignals) process.off(signal, onSignal);
  }
}

/** A finished scan, and the analyzers that were available. */
interface Scanned {
  readonly report: Report;
  readonly tools: Toolbox;
}

async function scanned(
  args: BaselineArgs,
  log: Logger,
  version: string,
  interrupt: AbortSignal,
): Promise<Scanned | 3 | 130> {
  const service = await ownService(args, [args.path], log, version);
  try {
    const { path, timeoutSec } = args;
    const request = { source: { kind: 'path' as const, path }, ...(timeoutSec !== undefined && { timeoutSec }) };
    const job = await endedJob(service.client, request, 'auto', log, interrupt);
    if (typeof job === 'number') return job;
    const report = await service.client.report(job.job_id);
    const gaps = report.meta.coverage?.gaps ?? [];
    if (gaps.length > 0) printGaps(gaps.length, gaps);
    return { report, tools: service.tools };
  } finally {
    await service.close();
  }
}

async function add({ path, reason, kind, by, expires }: BaselineArgs, report: Report): Promise<number> {
  const open = report.files.flatMap(({ issues }) => issues.filter((issue) => !isSuppressed(issue)));
  const details = {
    ...(reason !== undefined && { reason }),
    ...(kind !== undefined && { kind }),
    ...(by !== undefined && { by }),
    ...(expires !== undefined && { expires }),
  };
  const entries = open.flatMap(({ file, rule_id: rule, fingerprint, tool }): BaselineEntry[] =>
    fingerprint === undefined ? [] : [{ file, rule, fingerprint, tool, ...details }],
  );
  let before = 0;
  await changeBaseline(path, (known) => {
    before = known.length;
    return [...known, ...entries];
  });
  say(`Added to the baseline: ${count(entries.length)}. It had ${entriesOf(before)}.`);
  return 0;
}

async function prune(path: string, { report, tools }: Scanned, signal: AbortSignal): Promise<number> {
  if (report.meta.coverage?.complete === false) {
    say('Nothing was dropped from the baseline: its findings may be in files that were not scanned.');
    return 4;
  }
  const found = new Set(report.files.flatMap(({ issues }) => issues.flatMap(fingerprintsOf)));
  const unfound = (await readBaseline(path)).filter(({ fingerprint }) => !found.has(fingerprint));
  const { gone, kept } = await unmatched(path, unfound, report.meta, tools, signal);
  const drop = new Set(gone.map(({ fingerprint }) => fingerprint));
  if (drop.size > 0) await changeBaseline(path, (known) => known.filter(({ fingerprint }) => !drop.has(fingerprint)));
  for (const { file, rule } of gone) say(`  ${file}: ${rule}`);
  say(`Dropped from the baseline: ${entriesOf(gone.length)}.`);
  for (const [why, entries] of kept) say(`Kept without a finding, because ${why}: ${entriesOf(entries.length)}.`);
  return 0;
}

async function check(path: string): Promise<number> {
  const now = Date.now();
  const expired = (await readBaseline(path)).filter((entry) => isExpired(entry, now));
  const lines = expired.map(
    (entry) =>
      `${printable(`${entry.file}: ${entry.rule} ${expiry(entry)}${entry.reason === undefined ? '' : ` (${entry.reason})`}`)}\n`,
  );
  await writeOutput(withoutCommands(lines.join('')), undefined);
  say(expired.length === 0 ? 'No baseline entries have expired.' : `Expired: ${expired.length}.`);
  return expired.length > 0 ? 1 : 0;
}

function count(findings: number): string {
  return findings === 1 ? '1 finding' : `${findings} findings`;
}

function entriesOf(count: number): string {
  return count === 1 ? '1 entry' : `${count} entries`;
}

function say(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}
