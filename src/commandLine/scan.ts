import { rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { randomBytes, randomUUID } from 'node:crypto';
import { CodedError, errorMessage } from '../base/errors';
import { fetchLoopback } from '../base/http';
import type { Logger } from '../base/logger';
import { makeTempFolder } from '../base/tempFolder';
import { watchJob } from '../client/jobWatcher';
import { ScanClient, type ScanRequest } from '../client/scanClient';
import { checkUploadLimit } from '../client/uploadLimit';
import { gapCount, gapLine, withGaps } from '../findings/coverage';
import { formats } from '../findings/formats';
import { isTerminal, summarize, type Gap, type Job, type Report } from '../protocol';
import { startRunner } from '../service/runner';
import { reaches, type ScanArgs } from './args';
import { endSignals } from './endSignals';
import { changedGlobs } from './changed';
import { checkOutput, deliver, isFolder } from './output';
import { pack } from './pack';
import { printable, progressPrinter } from './progress';
import { reportAsText } from './text';
import { damageOf } from './installation';
import { toolbox } from './tools';

/** How long canceling with Ctrl-C may take before the command exits anyway, in ms. */
const cancelLimitMs = 5000;

/** How long a service may be unreachable before its job is abandoned, in ms. */
const outOfReachLimitMs = 120_000;

/** A scan service, and how to let go of it. */
export interface Service {
  client: ScanClient;
  close(): Promise<void>;
}

/**
 * Scans, and prints the report on stdout and everything else on stderr.
 * @returns the exit code: 0 success, 1 an issue reaches --fail-on, 3 the job did not complete, 4 gaps with --strict, 130 canceled by Ctrl-C
 */
export async function scan(args: ScanArgs, log: Logger, version: string): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  for (const signal of endSignals) process.on(signal, onSignal);
  let service: Service | undefined;
  try {
    const request = await scanRequest(args, interrupt.signal);
    if (request === 'nothing changed') {
      process.stderr.write('Nothing has changed, so there is nothing to scan.\n');
      await deliver(rendered(emptyReport(args), args), args.output);
      return 0;
    }
    service =
      args.server === undefined ? await ownService(args, [args.path], log, version) : remoteService(args.server, log);
    const { client } = service;
    if (args.server === undefined) return await follow(client, request, [], args, log, interrupt.signal);
    return await withRemoteSource(client, request, interrupt.signal, (sent, notSent) =>
      follow(client, sent, notSent, args, log, interrupt.signal),
    );
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    throw error;
  } finally {
    await service?.close();
    for (const signal of endSignals) process.off(signal, onSignal);
  }
}

async function scanRequest(args: ScanArgs, signal: AbortSignal): Promise<ScanRequest | 'nothing changed'> {
  await checkOutput(args.output);
  const common = {
    ...(args.analyzers && { analyzers: args.analyzers }),
    ...(args.exclude && { exclude: args.exclude }),
    ...(args.timeoutSec !== undefined && { timeoutSec: args.timeoutSec }),
  };
  if (args.git !== undefined) {
    return {
      source: { kind: 'git', url: args.git },
      ...common,
      ...(args.include && { include: args.include }),
      ...(args.ref !== undefined && { ref: args.ref }),
    };
  }
  if (!(await isFolder(args.path))) throw new CodedError('USAGE', `${args.path} is not a readable folder.`);
  // Form fields cannot contain them unchanged.
  if (args.server === undefined && /[\r\n]/.test(args.path))
    throw new CodedError('USAGE', 'A folder with a line break in its path cannot be scanned.');
  let include = args.include;
  if (args.changed !== undefined) {
    const files = await changedGlobs(args.path, args.changed, args.include ?? [], signal);
    if (files.length === 0) return 'nothing changed';
    include = files;
  }
  return { source: { kind: 'path', path: args.path }, ...common, ...(include && { include }) };
}

/** Runs `use` with what to send to a service: the folder's pushed commit, or a zip that is removed afterwards. */
async function withRemoteSource<T>(
  client: ScanClient,
  request: ScanRequest,
  signal: AbortSignal,
  use: (request: ScanRequest, notSent: readonly Gap[]) => Promise<T>,
): Promise<T> {
  if (request.source.kind !== 'path') return use(request, []);
  const scratch = makeTempFolder('upload');
  try {
    const { include, exclude } = request;
    const packed = await pack(request.source.path, join(scratch, `${basename(request.source.path) || 'source'}.zip`), {
      ...(include && { include }),
      ...(exclude && { exclude }),
      signal,
    });
    if (packed.kind === 'zip') {
      await checkUploadLimit(client, packed.bytes, signal);
      return await use({ ...request, source: { kind: 'zip', file: packed.file } }, packed.gaps);
    }
    const ref = packed.ref === null ? {} : { ref: packed.ref };
    return await use({ ...request, source: { kind: 'git', url: packed.url }, ...ref, commit: packed.commit }, []);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Where answers about dependencies and findings are cached between commands. */
function cacheFolder(): string {
  const cache =
    process.env['XDG_CACHE_HOME'] ?? (process.platform === 'win32' ? process.env['LOCALAPPDATA'] : undefined);
  return join(cache ?? join(homedir(), '.cache'), 'codeagent');
}

/** A runner in this process, on loopback, with a temporary storage folder. */
export async function ownService(
  args: Pick<ScanArgs, 'tools' | 'osv'>,
  /** The folders that it may scan. */
  roots: string[],
  log: Logger,
  version: string,
): Promise<Service> {
  const storage = makeTempFolder('storage');
  const token = randomBytes(32).toString('hex');
  try {
    const runner = await startRunner({
      storage,
      roots,
      ...(await toolbox(__dirname, args, cacheFolder(), log)),
      damage: await damageOf(__dirname),
      log,
      version,
      token,
      allowFileUrls: true,
    });
    return {
      client: new ScanClient({
        url: runner.url,
        token: () => Promise.resolve(token),
        fetch: fetchLoopback,
        isOwn: true,
        log,
      }),
      async close() {
        await runner.close();
        await rm(storage, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(storage, { recursive: true, force: true });
    throw error;
  }
}

function remoteService(url: string, log: Logger): Service {
  const token = process.env['CODEAGENT_TOKEN'];
  return {
    client: new ScanClient({ url, token: () => Promise.resolve(token === '' ? undefined : token), log }),
    close: () => Promise.resolve(),
  };
}

async function follow(
  client: ScanClient,
  request: ScanRequest,
  /** What was not sent to the service. */
  notSent: readonly Gap[],
  args: ScanArgs,
  log: Logger,
  interrupt: AbortSignal,
): Promise<number> {
  const job = await endedJob(client, request, args.progress, log, interrupt);
  if (typeof job === 'number') return job;
  const report = withGaps(await client.report(job.job_id), notSent);
  await deliver(rendered(report, args), args.output);
  const gaps = report.meta.coverage?.gaps ?? [];
  // A service may count gaps that its report does not name.
  const count = Math.max(gaps.length, (job.gaps ?? 0) + notSent.length);
  if (count > 0) printGaps(count, gaps);
  if (reaches(report.summary, args.failOn)) return 1;
  return args.strict && count > 0 ? 4 : 0;
}

/**
 * Submits a scan and follows it to its end.
 * @returns the completed job, or the exit code of the command, after printing why: 3 it did not complete, 130 interrupted
 */
export async function endedJob(
  client: ScanClient,
  request: ScanRequest,
  progress: ScanArgs['progress'],
  log: Logger,
  interrupt: AbortSignal,
): Promise<Job | 3 | 130> {
  const printer = progressPrinter(progress);
  let jobId: string;
  try {
    jobId = (await client.submit(request, { signal: interrupt })).job_id;
  } catch (error) {
    if (interrupt.aborted) return 130;
    process.stderr.write(`The scan could not be submitted: ${errorMessage(error)}\n`);
    return 3;
  }
  const watch = watchJob(
    client,
    jobId,
    {
      job: (job) => printer.job(job),
      log: (event) => printer.log(event),
      findings: () => undefined,
      connection: (state) => log.debug(`The job's stream is ${state}.`),
      lost: (reason) => process.stderr.write(`The job is lost: ${reason}\n`),
    },
    { giveUpMs: outOfReachLimitMs },
  );
  const onInterrupt = () => {
    process.stderr.write('Canceling the scan ...\n');
    client.cancel(jobId).catch((error: unknown) => log.warn(`The scan could not be canceled: ${errorMessage(error)}`));
    setTimeout(() => watch.dispose(), cancelLimitMs).unref();
  };
  if (interrupt.aborted) onInterrupt();
  interrupt.addEventListener('abort', onInterrupt, { once: true });
  let job: Job | 'lost';
  try {
    job = await watch.done;
  } finally {
    interrupt.removeEventListener('abort', onInterrupt);
    watch.dispose();
    printer.end();
  }
  if (interrupt.aborted) return 130;
  if (job === 'lost' || !isTerminal(job.status) || job.status !== 'completed') {
    if (job !== 'lost') process.stderr.write(`The scan ${outcome(job)}\n`);
    return 3;
  }
  return job;
}

/** The report of a scan without files, for which there is no job. */
function emptyReport({ path }: ScanArgs): Report {
  return {
    job_id: randomUUID(),
    meta: {
      tools: [],
      repo: { source: 'path', url: path, ref: null, commit: null },
      generated_at: new Date().toISOString(),
      duration_ms: 0,
      labels: [],
      analyzers: [],
      files_scanned: 0,
      files_skipped: {},
      coverage: { complete: true, gaps: [] },
    },
    summary: summarize([]),
    files: [],
  };
}

/** Prints what was not scanned, one gap per line. */
export function printGaps(count: number, gaps: readonly Gap[]): void {
  const lines = gaps.map((gap) => `  ${printable(gapLine(gap))}\n`);
  process.stderr.write(`Completed with gaps: not everything was scanned (${gapCount(count)}).\n${lines.join('')}`);
}

function outcome(job: Job): string {
  if (job.status === 'failed') return `failed: ${job.error ?? 'the service gave no reason'}`;
  if (job.status === 'canceled') return 'was canceled elsewhere.';
  return `ended as ${job.status}${job.error === null ? '' : `: ${job.error}`}`;
}

function rendered(report: Report, args: ScanArgs): string {
  if (args.format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  if (args.format === 'text') return reportAsText(report, args.git ?? basename(args.path));
  return formats[args.format].write(report);
}
