import { CodedError } from '../base/errors';
import type { Logger } from '../base/logger';
import { isExpired, type BaselineEntry } from '../findings/policy/baseline';
import { changeBaseline, readBaseline } from '../findings/policy/baselineFile';
import { loadPolicy } from '../findings/policy/load';
import { expiry } from '../findings/policy/policy';
import { isSuppressed, type Report } from '../protocol';
import type { BaselineArgs } from './args';
import { endSignals } from './endSignals';
import { isFolder } from './output';
import { printable } from './progress';
import { configErrors, endedJob, ownService, printGaps, problemLine } from './scan';

/**
 * Writes, prunes or checks the baseline of a folder.
 * @returns the exit code: 0 done, 1 entries have expired (--check), 3 the scan did not complete, 4 gaps keep it from being pruned, 130 canceled by Ctrl-C
 * @throws CodedError USAGE when there is no such folder, or its configuration is wrong; BAD_BASELINE
 */
export async function baseline(args: BaselineArgs, log: Logger, version: string): Promise<number> {
  if (!(await isFolder(args.path))) throw new CodedError('USAGE', `${args.path} is not a readable folder.`);
  if (args.does === 'check') return check(args.path);
  // Without it, other findings are open than the team sees.
  const wrong = configErrors((await loadPolicy(args.path)).problems);
  if (wrong.length > 0) throw new CodedError('USAGE', wrong.map(problemLine).join('\n'));
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  for (const signal of endSignals) process.on(signal, onSignal);
  try {
    const report = await scanned(args, log, version, interrupt.signal);
    if (typeof report === 'number') return report;
    return await (args.does === 'prune' ? prune(args.path, report) : add(args, report));
  } finally {
    for (const signal of endSignals) process.off(signal, onSignal);
  }
}

async function scanned(
  args: BaselineArgs,
  log: Logger,
  version: string,
  interrupt: AbortSignal,
): Promise<Report | 3 | 130> {
  const service = await ownService(args, [args.path], log, version);
  try {
    const { path, timeoutSec } = args;
    const request = { source: { kind: 'path' as const, path }, ...(timeoutSec !== undefined && { timeoutSec }) };
    const job = await endedJob(service.client, request, 'auto', log, interrupt);
    if (typeof job === 'number') return job;
    const report = await service.client.report(job.job_id);
    const gaps = report.meta.coverage?.gaps ?? [];
    if (gaps.length > 0) printGaps(gaps.length, gaps);
    return report;
  } finally {
    await service.close();
  }
}

async function add({ path, reason, kind, by, expires }: BaselineArgs, report: Report): Promise<number> {
  const open = report.files.flatMap(({ issues }) => issues.filter((issue) => !isSuppressed(issue)));
  const told = {
    ...(reason !== undefined && { reason }),
    ...(kind !== undefined && { kind }),
    ...(by !== undefined && { by }),
    ...(expires !== undefined && { expires }),
  };
  const entries = open.flatMap(({ file, rule_id: rule, fingerprint }): BaselineEntry[] =>
    fingerprint === undefined ? [] : [{ file, rule, fingerprint, ...told }],
  );
  let before = 0;
  await changeBaseline(path, (known) => {
    before = known.length;
    return [...known, ...entries];
  });
  say(`Added to the baseline: ${count(entries.length)}. It had ${before === 1 ? '1 entry' : `${before} entries`}.`);
  return 0;
}

/** Rules of advisories: their entries stay if dependencies were not looked up. */
const advisory = /^(?:GHSA|CVE|PYSEC|RUSTSEC|GO|OSV|MAL)-/i;

async function prune(path: string, report: Report): Promise<number> {
  if (report.meta.coverage?.complete === false) {
    say('Nothing was dropped from the baseline: its findings may be in what was not scanned.');
    return 4;
  }
  const found = new Set(report.files.flatMap(({ issues }) => issues.map(({ fingerprint }) => fingerprint)));
  const lookedUp = report.meta.tools.includes('osv');
  const dropped: BaselineEntry[] = [];
  await changeBaseline(path, (known) =>
    known.filter((entry) => {
      const stays = found.has(entry.fingerprint) || (!lookedUp && advisory.test(entry.rule));
      if (!stays) dropped.push(entry);
      return stays;
    }),
  );
  for (const { file, rule } of dropped) say(`  ${file}: ${rule}`);
  say(`Dropped from the baseline: ${dropped.length === 1 ? '1 entry' : `${dropped.length} entries`}.`);
  return 0;
}

async function check(path: string): Promise<number> {
  const now = Date.now();
  const expired = (await readBaseline(path)).filter((entry) => isExpired(entry, now));
  for (const entry of expired)
    process.stdout.write(
      `${printable(`${entry.file}: ${entry.rule} ${expiry(entry)}${entry.reason === undefined ? '' : ` (${entry.reason})`}`)}\n`,
    );
  say(expired.length === 0 ? 'No entry of the baseline has expired.' : `Expired: ${expired.length}.`);
  return expired.length > 0 ? 1 : 0;
}

function count(findings: number): string {
  return findings === 1 ? '1 finding' : `${findings} findings`;
}

function say(text: string): void {
  process.stderr.write(`${printable(text)}\n`);
}
