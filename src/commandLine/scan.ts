import { mkdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { CodedError, errorMessage } from '../base/errors';
import { pathMatcher } from '../base/globs';
import { fetchLoopback } from '../base/http';
import type { Logger } from '../base/logger';
import { makeTempFolder } from '../base/tempFolder';
import { watchJob } from '../client/jobWatcher';
import { ScanClient, type ScanRequest } from '../client/scanClient';
import { checkUploadLimit } from '../client/uploadLimit';
import { gapCount, gapLine, withGaps } from '../findings/coverage';
import { isTerminal, type Gap, type Job, type PolicyProblem, type Report } from '../protocol';
import { readTextBounded } from '../base/boundedFile';
import { baselinePath } from '../findings/policy/baseline';
import { maxConfig, readConfig } from '../findings/policy/config';
import { startRunner } from '../service/runner';
import { reaches } from '../findings/severity';
import type { ScanArgs } from './args/scan';
import { endSignals } from './endSignals';
import { globsOf, withoutOtherFiles } from './changed';
import { changesOf, earlierFilesOf, knownFindings, withoutKnown, type Changes, type KnownFindings } from './newSince';
import { isFolder } from './output';
import { pack } from './pack';
import { printable, progressPrinter } from './progress';
import { emptyReport } from './emptyReport';
import { annotate, checkReports, writeReports } from './reports';
import { damageOf } from './installation';
import { toolbox, type Toolbox } from './tools';

/** How long canceling with Ctrl-C may take before the command exits anyway, in ms. */
const cancelLimitMs = 5000;

/** How long a service may be unreachable before its job is abandoned, in ms. */
const unreachableLimitMs = 120_000;

/** A scan service, and how to release it. */
export interface Service {
  client: ScanClient;
  close(): Promise<void>;
}

/** A service in this process, with its analyzers. */
export interface OwnService extends Service {
  readonly tools: Toolbox;
}

/**
 * Scans, and prints the report on stdout and everything else on stderr.
 * @returns the exit code: 0 success, 1 an issue reaches --fail-on, 2 the folder's configuration is wrong, 3 the job did not complete, 4 gaps with --strict, 130 canceled by Ctrl-C
 */
export async function scan(args: ScanArgs, log: Logger, version: string): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  for (const signal of endSignals) process.on(signal, onSignal);
  let service: Service | undefined;
  let temporary: string | undefined;
  try {
    await checkReports(args);
    await checkFolder(args);
    const changes = await changesOf(args, interrupt.signal);
    const request = await scanRequest(args, changes, interrupt.signal);
    if (request === 'nothing changed') {
      process.stderr.write('Nothing has changed, so there is nothing to scan.\n');
      const report = await emptyReport(args.path, await policyOf(args));
      await writeReports(report, args, reportContext(args, version));
      return conclude(report, report.meta.coverage?.gaps.length ?? 0, args);
    }
    if (args.server !== undefined && args.changed !== undefined && !args.includeKnown)
      process.stderr.write(
        'A server cannot tell old findings from new ones, so all findings in changed files are reported.\n',
      );
    if (args.server === undefined) {
      const compared = args.includeKnown ? undefined : changes;
      if (compared) temporary = makeTempFolder('earlier');
      const roots = [args.path, ...(temporary === undefined ? [] : [temporary])];
      const opening = ownService(args, roots, log, version);
      const [opened, earlier] = await Promise.allSettled([
        opening.then((own) => (service = own)),
        compared && temporary !== undefined ? earlierFilesOf(args, compared, temporary) : undefined,
      ]);
      const { client } = valueOf(opened);
      const before = valueOf(earlier);
      const known =
        before &&
        knownFindings(before, request, async (wanted) => {
          const job = await endedJob(client, wanted, 'none', log, interrupt.signal);
          return typeof job === 'number' ? undefined : client.report(job.job_id);
        });
      return await follow(client, request, [], args, log, interrupt.signal, version, changes, known);
    }
    service = remoteService(args.server, log);
    const { client } = service;
    return await withRemoteSource(client, request, interrupt.signal, (sent, notSent) =>
      follow(client, sent, notSent, args, log, interrupt.signal, version, changes),
    );
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    throw error;
  } finally {
    await service?.close();
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    for (const signal of endSignals) process.off(signal, onSignal);
  }
}

/** @throws CodedError USAGE when there is no such folder, or it cannot be scanned */
export async function checkFolder({ path, git, server }: ScanArgs): Promise<void> {
  if (git !== undefined) return;
  if (!(await isFolder(path))) throw new CodedError('USAGE', `${path} is not a readable folder.`);
  // Form fields cannot contain them unchanged.
  if (server === undefined && /[\r\n]/.test(path))
    throw new CodedError('USAGE', 'A folder with a line break in its path cannot be scanned.');
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

async function scanRequest(
  args: ScanArgs,
  changes: Changes | undefined,
  signal: AbortSignal,
): Promise<ScanRequest | 'nothing changed'> {
  const common = {
    ...(await policyOf(args)),
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
  let include = args.include;
  if (changes) {
    include = await globsOf(args.path, changes.files, args.include ?? [], signal);
    if (include.length === 0) return 'nothing changed';
  }
  return { source: { kind: 'path', path: args.path }, ...common, ...(include && { include }) };
}

/** The configuration that --config and --no-config select. @throws CodedError USAGE when the file is unreadable or wrong */
export async function policyOf({ config }: ScanArgs): Promise<Pick<ScanRequest, 'policy' | 'config'>> {
  if (config === undefined) return {};
  if (config === false) return { policy: 'none' };
  let text: string;
  try {
    text = await readTextBounded(config, { maxBytes: maxConfig, followLinks: true });
  } catch (error) {
    throw new CodedError('USAGE', `--config ${config} cannot be read: ${errorMessage(error)}.`);
  }
  const mistakes = readConfig(text, config).problems.filter(({ level }) => level === 'error');
  if (mistakes.length > 0) throw new CodedError('USAGE', mistakes.map(problemLine).join('\n'));
  return { config: { file: config, text } };
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
    const { include, exclude, policy, config = true } = request;
    const packed = await pack(request.source.path, join(scratch, `${basename(request.source.path) || 'source'}.zip`), {
      ...(include && { include }),
      ...(exclude && { exclude }),
      config: policy !== 'none' && config,
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
export function cacheFolder(): string {
  const cache =
    process.env['XDG_CACHE_HOME'] ?? (process.platform === 'win32' ? process.env['LOCALAPPDATA'] : undefined);
  return join(cache ?? join(homedir(), '.cache'), 'codeagent');
}

/**
 * Creates a cache folder, which may be inside the scanned one: neither git nor a scan looks into it.
 * @throws CodedError USAGE if it cannot be created
 */
async function makeCacheFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, '.gitignore'), '*\n');
  } catch (error) {
    throw new CodedError('USAGE', `--cache ${folder} cannot be used: ${errorMessage(error)}.`, { cause: error });
  }
  return folder;
}

/** A runner in this process, on loopback, with a temporary storage folder. */
export async function ownService(
  args: Pick<ScanArgs, 'tools' | 'osv'> & Partial<Pick<ScanArgs, 'cache' | 'rulePacks'>>,
  /** The folders that it may scan. */
  roots: string[],
  log: Logger,
  version: string,
): Promise<OwnService> {
  const storage = makeTempFolder('storage');
  const token = randomBytes(32).toString('hex');
  try {
    const cache = args.cache === undefined ? cacheFolder() : await makeCacheFolder(args.cache);
    const tools = await toolbox(__dirname, args, cache, log);
    const runner = await startRunner({
      storage,
      roots,
      ...tools,
      damage: await damageOf(__dirname),
      log,
      version,
      token,
      allowFileUrls: true,
    });
    return {
      tools,
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
  version: string,
  changes: Changes | undefined,
  /** The old findings. */
  known?: Promise<KnownFindings>,
): Promise<number> {
  const job = await endedJob(client, request, args.progress, log, interrupt);
  if (typeof job === 'number') return job;
  const all = withGaps(await client.report(job.job_id), notSent);
  const whole = changes ? withoutOtherFiles(all, pathMatcher(changes.files)) : all;
  const report = known ? withoutKnown(whole, await known) : whole;
  const { since } = report.meta;
  if (since && since.known > 0)
    process.stderr.write(
      printable(
        `Left out: ${since.known === 1 ? '1 finding' : `${since.known} findings`} that ${since.ref} also has.`,
      ) + '\n',
    );
  // Before the reports: commands must stay disabled while GitHub Actions still reads a report from stdout.
  if (args.git === undefined) annotate(report, args.path);
  await writeReports(report, args, reportContext(args, version));
  const gaps = report.meta.coverage?.gaps ?? [];
  // A service may count gaps that its report does not name.
  const count = Math.max(gaps.length, (job.gaps ?? 0) + notSent.length);
  const code = conclude(report, count, args);
  // The service does not know that there is a configuration.
  return code !== 1 && notSent.some(({ kind }) => kind === 'unread_policy') ? 2 : code;
}

/** Prints what a report says about its gaps and its policy. @returns the exit code */
export function conclude(report: Report, count: number, args: ScanArgs): number {
  const gaps = report.meta.coverage?.gaps ?? [];
  if (count > 0) printGaps(count, gaps);
  const { policy } = report.meta;
  for (const problem of policy?.problems ?? []) process.stderr.write(`${printable(problemLine(problem))}\n`);
  if (reaches(report.summary, args.failOn ?? policy?.fail_on ?? 'never')) return 1;
  if (configErrors(policy?.problems ?? []).length > 0) return 2;
  return (args.strict || policy?.strict === true) && count > 0 ? 4 : 0;
}

/** The problems that make a command exit with 2: the intended configuration is unknown. */
export function configErrors(problems: readonly PolicyProblem[]): PolicyProblem[] {
  return problems.filter(({ level, file, about }) => level === 'error' && file !== baselinePath && about === undefined);
}

/** "error .codeagent/config.json:3: ..." */
export function problemLine({ file, line, level, message }: PolicyProblem): string {
  return `${level} ${file}:${line}: ${message}`;
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
    { giveUpMs: unreachableLimitMs },
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

export function reportContext({ git, path }: ScanArgs, version: string): Parameters<typeof writeReports>[2] {
  return { label: git ?? basename(path), root: git === undefined ? path : undefined, version };
}
