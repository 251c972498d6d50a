import { createHash, randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { delay, withDeadline } from '../base/abort';
import { CodedError, errorMessage } from '../base/errors';
import { Emitter } from '../base/emitter';
import { fetchLoopback } from '../base/http';
import { writeJson } from '../base/jsonFile';
import type { Disposable } from '../base/lifecycle';
import { isAlive, processIdentity, type ProcessIdentity } from '../base/liveness';
import type { Logger } from '../base/logger';
import { endNode, endTree, startNode, type ChildProcess } from '../base/process';
import type { Report, ToolSettings } from '../protocol';
import { deleteRunnerRecord, readRunnerRecord, writeRunnerRecord } from './runnerRecord';
import { ScanClient } from './scanClient';
import { storedLog, storedReport } from './storedJob';

export interface RunnerProcessOptions {
  /** Absolute path of `dist/cli.js`. */
  readonly cli: string;
  /** Folder to keep jobs in. */
  readonly storage: string;
  /** Folders that may be scanned; read at each start. */
  readonly roots: () => readonly string[];
  /** External tools that it may use; read at each start. */
  readonly tools?: () => ToolSettings;
  /** Environment variables, such as the proxy; read at each start. */
  readonly env?: () => Readonly<Record<string, string>>;
  readonly log: Logger;
  /** How long the runner may take to start listening, in milliseconds. */
  readonly readyMs?: number;
}

/** How a runner ended. `expected`: we ended it. */
export interface RunnerExit {
  readonly expected: boolean;
  readonly reason: string;
}

const readyLine = z.object({ event: z.literal('listening'), url: z.url(), process: processIdentity });
const graceMs = 3000;

/** How long an earlier window's runner may take to respond, and how often to check that it is alive. Milliseconds. */
const adoptMs = 3000;
const watchMs = 500;

interface Running {
  readonly pid: number;
  /** Ends it. The process is gone when this resolves. */
  readonly end: () => Promise<void>;
  /** Lets it keep running without this window. */
  readonly detach: () => void;
  readonly client: ScanClient;
  readonly roots: readonly string[];
  /** Hash of the settings it was started with. */
  readonly settingsHash: string;
}

/**
 * The embedded scan service as a child process. It is started when a client is needed, and restarted if it has ended. With a job in progress it
 * outlives the window, so that a reload finds it again; left alone for a while, it ends by itself (see `serve`).
 */
export class RunnerProcess implements Disposable {
  readonly #options: RunnerProcessOptions;
  readonly #exits: Emitter<RunnerExit>;
  #running: Promise<Running> | undefined;
  #closing = new Set<number>();
  #watching = new AbortController();
  #closed = false;

  constructor(options: RunnerProcessOptions) {
    this.#options = options;
    this.#exits = new Emitter((error) => options.log.error(errorMessage(error)));
  }

  /** Fires whenever a runner that was ready ends. */
  get onExit(): Emitter<RunnerExit>['event'] {
    return this.#exits.event;
  }

  /** Whether it runs or is starting. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Process ID of the running runner, for tests and logs. */
  async pid(): Promise<number | undefined> {
    return (await this.#running)?.pid;
  }

  /**
   * A client of the running service, which is started if necessary.
   * @throws CodedError RUNNER if it cannot be started, or is not ready in time
   */
  async client(): Promise<ScanClient> {
    if (this.#closed) throw new CodedError('RUNNER', 'The scan runner has been closed.');
    const roots = this.#options.roots();
    const started = (this.#running ??= this.#adoptOrStart(roots));
    let running: Running;
    try {
      running = await started;
    } catch (error) {
      // The next call tries again.
      if (this.#running === started) this.#running = undefined;
      throw error;
    }
    const hasRoots = roots.every((root) => running.roots.includes(root));
    if (hasRoots && (this.#settingsHash() === running.settingsHash || (await isBusy(running.client))))
      return running.client;
    // A folder was added to the workspace, or the tool settings have changed, which the service only reads when it starts. Restart it, unless
    // another call has just done so.
    if (this.#running !== started) return this.client();
    this.#running = undefined;
    await this.#end(running);
    return this.client();
  }

  /** Reads a job's report from the runner's storage (see {@link storedReport}), without starting the runner. */
  storedReport(jobId: string): Promise<Report | undefined> {
    return storedReport(this.#options.storage, jobId);
  }

  /** {@link storedLog} */
  storedLog(jobId: string): Promise<string | undefined> {
    return storedLog(this.#options.storage, jobId);
  }

  /** Ends the runner and everything it started. It marks its running jobs as interrupted. Calling {@link client} starts another. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (!running) return;
    const up = await running.catch(() => undefined);
    if (up) await this.#end(up);
  }

  /** For when the window closes: leaves a busy runner to the next window, and ends an idle one. */
  async release(): Promise<void> {
    this.#closed = true;
    const up = await this.#running?.catch(() => undefined);
    if (!up || !(await isBusy(up.client))) {
      await this.close();
      return;
    }
    this.#closing.add(up.pid);
    this.#watching.abort();
    up.detach();
    this.#exits.dispose();
  }

  /** Like {@link stop}, but for good. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.stop();
    this.#exits.dispose();
  }

  dispose(): void {
    void this.close();
  }

  async #adoptOrStart(roots: readonly string[]): Promise<Running> {
    return (await this.#adopt()) ?? this.#start(roots);
  }

  /** Connects to the runner that an earlier window left, if it is alive and of this version. */
  async #adopt(): Promise<Running | undefined> {
    const { cli, log } = this.#options;
    const record = await readRunnerRecord(this.#options.storage);
    if (record?.cli !== cli || !(await isAlive(record.process))) return undefined;
    const { pid } = record.process;
    const client = new ScanClient({
      url: record.url,
      token: () => Promise.resolve(record.token),
      fetch: fetchLoopback,
      isOwn: true,
      log,
    });
    try {
      await withDeadline(adoptMs, undefined, () => client.jobs({ limit: 1 }));
    } catch (error) {
      log.debug(`The scan runner of an earlier window (process ${pid}) does not respond: ${errorMessage(error)}`);
      return undefined;
    }
    log.info(`Connected to the scan runner of an earlier window (process ${pid}) at ${record.url}.`);
    // It is not our child process, so there is no exit event.
    void this.#watchProcess(record.process);
    return {
      ...{ pid, client, roots: record.roots, settingsHash: record.settingsHash, detach: () => undefined },
      end: async () => {
        await endTree(pid, { graceMs, alive: () => isAlive(record.process) });
      },
    };
  }

  /** Notices when a process that is not our child has ended. */
  async #watchProcess(identity: ProcessIdentity): Promise<void> {
    const { signal } = this.#watching;
    try {
      while (await isAlive(identity)) await delay(watchMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#options.log.warn(`Could not watch the scan runner: ${errorMessage(error)}`);
    }
    this.#onExit(identity.pid, 'process gone');
  }

  #onExit(pid: number, reason: string): void {
    // Deleted, since the system may reuse the process ID.
    const expected = this.#closing.delete(pid);
    if (!expected) this.#running = undefined;
    this.#exits.fire({ expected, reason });
  }

  async #start(roots: readonly string[]): Promise<Running> {
    const { cli, storage, log, readyMs = 20_000 } = this.#options;
    const settingsHash = this.#settingsHash();
    const tools = this.#options.tools?.();
    const toolsFile = join(storage, 'tools.json');
    if (tools !== undefined) {
      await mkdir(storage, { recursive: true, mode: 0o700 });
      await writeJson(toolsFile, tools);
    }
    const token = randomBytes(32).toString('hex');
    const child = startNode({
      file: cli,
      args: [
        ...['serve', '--port', '0', '--storage', storage, ...roots.flatMap((root) => ['--root', root])],
        ...(tools === undefined ? [] : ['--tools', toolsFile]),
      ],
      env: { ...this.#options.env?.(), CODEAGENT_TOKEN: token },
      // A smaller young generation, which would otherwise take 48 MB.
      execArgv: ['--max-semi-space-size=4'],
      outlives: true,
    });
    child.on('error', (error) => log.error(`Scan runner: ${error.message}`));
    if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => log.info(`runner: ${line}`));
    try {
      const { url, process: identity } = await ready(child, readyMs);
      log.info(`The scan runner (process ${String(child.pid)}) is listening at ${url}.`);
      const client = new ScanClient({
        url,
        token: () => Promise.resolve(token),
        fetch: fetchLoopback,
        isOwn: true,
        log,
      });
      const { pid = 0 } = child;
      child.once('exit', (code, signal) => {
        this.#onExit(pid, signal === null ? `exit code ${String(code)}` : signal);
      });
      const end = () => endNode(child, graceMs, () => child.connected && child.send('end'));
      const detach = () => child.connected && child.disconnect();
      await writeRunnerRecord(storage, { process: identity, url, token, cli, roots: [...roots], settingsHash });
      return { pid, end, detach, client, roots, settingsHash };
    } catch (error) {
      await endNode(child, 0);
      throw error;
    }
  }

  /** A hash to compare settings by, since they may contain passwords. */
  #settingsHash(): string {
    const { tools, env } = this.#options;
    return createHash('sha256')
      .update(JSON.stringify([tools?.(), env?.()]))
      .digest('hex');
  }

  async #end({ pid, end }: Running): Promise<void> {
    this.#closing.add(pid);
    this.#watching.abort();
    this.#watching = new AbortController();
    await end();
    await deleteRunnerRecord(this.#options.storage, pid);
  }
}

/** Whether a service has unfinished jobs. */
async function isBusy(client: ScanClient): Promise<boolean> {
  try {
    // In the order in which a job goes through them, or one that begins between the two requests would be in neither answer.
    for (const status of ['queued', 'running'] as const)
      if ((await client.jobs({ status, limit: 1 })).length > 0) return true;
    return false;
  } catch {
    // It does not respond, so there is nothing to lose.
    return false;
  }
}

/** Waits for the line that a service prints when it is listening. */
function ready(child: ChildProcess, timeoutMs: number): Promise<z.infer<typeof readyLine>> {
  return new Promise((resolve, reject) => {
    const lines = child.stdout && createInterface({ input: child.stdout });
    const fail = (why: string) =>
      done(() => reject(new CodedError('RUNNER', `The scan runner did not start: ${why}.`)));
    const timer = setTimeout(() => fail(`timed out after ${Math.round(timeoutMs / 1000)} s`), timeoutMs);
    const onExit = (code: number | null, signal: NodeJS.Signals | null) =>
      fail(`it ended with ${signal ?? `code ${String(code)}`}; see the log`);
    const onError = (error: Error) => fail(error.message);
    function done(settle: () => void): void {
      clearTimeout(timer);
      child.off('exit', onExit);
      child.off('error', onError);
      settle();
    }
    child.once('exit', onExit);
    child.once('error', onError);
    lines?.on('line', (line) => {
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch {
        return; // Some other output.
      }
      const parsed = readyLine.safeParse(value);
      if (parsed.success) done(() => resolve(parsed.data));
    });
  });
}
