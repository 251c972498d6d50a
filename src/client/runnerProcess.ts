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
import { lives, processIdentity, type ProcessIdentity } from '../base/liveness';
import type { Logger } from '../base/logger';
import { endNode, endTree, startNode, type ChildProcess } from '../base/process';
import type { Report, ToolSettings } from '../protocol';
import { forgetLeft, leave, readLeft } from './leftRunner';
import { ScanClient } from './scanClient';
import { storedLog, storedReport } from './storedJob';

export interface RunnerProcessOptions {
  /** Absolute path of `dist/cli.js`. */
  readonly cli: string;
  /** Folder where jobs are kept. */
  readonly storage: string;
  /** Folders that may be scanned; asked for at each start. */
  readonly roots: () => readonly string[];
  /** What it may use beside its own analyzers; asked for at each start. */
  readonly tools?: () => ToolSettings;
  /** Variables of its environment, such as the proxy to use; asked for at each start. */
  readonly env?: () => Readonly<Record<string, string>>;
  readonly log: Logger;
  /** How long the runner may take to listen. Milliseconds. */
  readonly readyMs?: number;
}

/** How a runner ended. `expected`: it was closed by us. */
export interface RunnerExit {
  readonly expected: boolean;
  readonly reason: string;
}

const readyLine = z.object({ event: z.literal('listening'), url: z.url(), process: processIdentity });
const graceMs = 3000;

/** How long a runner of an earlier window may take to answer, and how often it is looked whether it lives. In ms. */
const adoptMs = 3000;
const lookMs = 500;

interface Running {
  readonly pid: number;
  /** Ends it, however; when this resolves it is gone. */
  readonly end: () => Promise<void>;
  /** Lets it go on without this window. */
  readonly letGo: () => void;
  readonly client: ScanClient;
  readonly roots: readonly string[];
  /** {@link setupOf} what it was started with. */
  readonly setup: string;
}

/**
 * The embedded scan service as a child process: started when a client is asked for, started again after it ended. With a job under way it outlives
 * its window, so that a reload finds it again; alone for a while it ends itself (see `serve`).
 */
export class RunnerProcess implements Disposable {
  readonly #options: RunnerProcessOptions;
  readonly #exits: Emitter<RunnerExit>;
  #running: Promise<Running> | undefined;
  #closing = new Set<number>();
  #looking = new AbortController();
  #closed = false;

  constructor(options: RunnerProcessOptions) {
    this.#options = options;
    this.#exits = new Emitter((error) => options.log.error(errorMessage(error)));
  }

  /** Fires each time a runner that had been ready ends. */
  get onExit(): Emitter<RunnerExit>['event'] {
    return this.#exits.event;
  }

  /** The process id of the runner that is up, for tests and logs. */
  async pid(): Promise<number | undefined> {
    return (await this.#running)?.pid;
  }

  /**
   * A client of the running service; starts one when there is none.
   * @throws CodedError RUNNER when it cannot be started or says nothing in time
   */
  async client(): Promise<ScanClient> {
    if (this.#closed) throw new CodedError('RUNNER', 'The scan runner has been closed.');
    const roots = this.#options.roots();
    const started = (this.#running ??= this.#adoptOrStart(roots));
    let running: Running;
    try {
      running = await started;
    } catch (error) {
      // The next call tries again: what was wrong may be right by then.
      if (this.#running === started) this.#running = undefined;
      throw error;
    }
    const sameRoots = roots.every((root) => running.roots.includes(root));
    if (sameRoots && (this.#setup() === running.setup || (await isBusy(running.client)))) return running.client;
    // A folder was added to the workspace, or the tools were set otherwise: the service learns them at its start only.
    // Unless somebody else has just seen to it.
    if (this.#running !== started) return this.client();
    this.#running = undefined;
    await this.#end(running);
    return this.client();
  }

  /** What a job left in the runner's storage; see {@link storedReport}. Starts nothing. */
  storedReport(jobId: string): Promise<Report | undefined> {
    return storedReport(this.#options.storage, jobId);
  }

  /** {@link storedLog} */
  storedLog(jobId: string): Promise<string | undefined> {
    return storedLog(this.#options.storage, jobId);
  }

  /** Ends the runner and all that it started; it marks its running jobs as interrupted. A later {@link client} starts another. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (!running) return;
    const up = await running.catch(() => undefined);
    if (up) await this.#end(up);
  }

  /** For the end of a window: a runner with a job under way is left to the next window, if one comes; any other is stopped. */
  async leave(): Promise<void> {
    this.#closed = true;
    const up = await this.#running?.catch(() => undefined);
    if (!up || !(await isBusy(up.client))) {
      await this.close();
      return;
    }
    this.#closing.add(up.pid);
    this.#looking.abort();
    up.letGo();
    this.#exits.dispose();
  }

  /** {@link stop}, for good. */
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

  /** The runner that an earlier window left, if it is alive and of this version. */
  async #adopt(): Promise<Running | undefined> {
    const { cli, log } = this.#options;
    const left = await readLeft(this.#options.storage);
    if (left?.cli !== cli || !(await lives(left.process))) return undefined;
    const { pid } = left.process;
    const client = new ScanClient({
      url: left.url,
      token: () => Promise.resolve(left.token),
      fetch: fetchLoopback,
      isOwn: true,
      log,
    });
    try {
      await withDeadline(adoptMs, undefined, () => client.jobs({ limit: 1 }));
    } catch (error) {
      log.debug(`The scan runner of an earlier window (process ${pid}) does not answer: ${errorMessage(error)}`);
      return undefined;
    }
    log.info(`The scan runner of an earlier window (process ${pid}) goes on at ${left.url}.`);
    // It is not our child, so nobody tells when it ends.
    void this.#lookAfter(left.process);
    return {
      ...{ pid, client, roots: left.roots, setup: left.setup, letGo: () => undefined },
      end: async () => {
        await endTree(pid, { graceMs, alive: () => lives(left.process) });
      },
    };
  }

  /** Tells when a process that is no child of ours is gone. */
  async #lookAfter(identity: ProcessIdentity): Promise<void> {
    const { signal } = this.#looking;
    try {
      while (await lives(identity)) await delay(lookMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.#options.log.warn(`The scan runner cannot be watched: ${errorMessage(error)}`);
    }
    this.#onExit(identity.pid, 'it is gone');
  }

  #onExit(pid: number, reason: string): void {
    // Once: the system gives the number to another process one day.
    const expected = this.#closing.delete(pid);
    if (!expected) this.#running = undefined;
    this.#exits.fire({ expected, reason });
  }

  async #start(roots: readonly string[]): Promise<Running> {
    const { cli, storage, log, readyMs = 20_000 } = this.#options;
    const setup = this.#setup();
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
      // Less room for new objects, most of which are soon gone: it would else take 48 MB for them.
      execArgv: ['--max-semi-space-size=4'],
      outlives: true,
    });
    child.on('error', (error) => log.error(`Scan runner: ${error.message}`));
    if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => log.info(`runner: ${line}`));
    try {
      const { url, process: identity } = await ready(child, readyMs);
      log.info(`The scan runner (process ${String(child.pid)}) listens at ${url}.`);
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
      const letGo = () => child.connected && child.disconnect();
      await leave(storage, { process: identity, url, token, cli, roots: [...roots], setup });
      return { pid, end, letGo, client, roots, setup };
    } catch (error) {
      await endNode(child, 0);
      throw error;
    }
  }

  /** Tells starts with other settings apart, without the passwords that may be in them. */
  #setup(): string {
    const { tools, env } = this.#options;
    return createHash('sha256')
      .update(JSON.stringify([tools?.(), env?.()]))
      .digest('hex');
  }

  async #end({ pid, end }: Running): Promise<void> {
    this.#closing.add(pid);
    this.#looking.abort();
    this.#looking = new AbortController();
    await end();
    await forgetLeft(this.#options.storage, pid);
  }
}

/** Whether a service has jobs that would be lost with it. */
async function isBusy(client: ScanClient): Promise<boolean> {
  try {
    for (const status of ['running', 'queued'] as const)
      if ((await client.jobs({ status, limit: 1 })).length > 0) return true;
    return false;
  } catch {
    // It does not answer: nothing is lost.
    return false;
  }
}

/** The one line that a service prints when it listens. */
function ready(child: ChildProcess, timeoutMs: number): Promise<z.infer<typeof readyLine>> {
  return new Promise((resolve, reject) => {
    const lines = child.stdout && createInterface({ input: child.stdout });
    const fail = (why: string) =>
      done(() => reject(new CodedError('RUNNER', `The scan runner did not start: ${why}.`)));
    const timer = setTimeout(() => fail(`it said nothing for ${Math.round(timeoutMs / 1000)} s`), timeoutMs);
    const onExit = (code: number | null, signal: NodeJS.Signals | null) =>
      fail(`it ended with ${signal ?? `code ${String(code)}`}; its own words are in the log`);
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
        return; // Not the line that is waited for.
      }
      const parsed = readyLine.safeParse(value);
      if (parsed.success) done(() => resolve(parsed.data));
    });
  });
}
