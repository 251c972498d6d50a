import { randomInt } from 'node:crypto';
import { errorCode, errorMessage } from '../base/errors';
import type { Disposable } from '../base/lifecycle';
import { isTerminal, type Issue, type Job, type LogEvent } from '../protocol';
import { updated, withFinish, withProgress, withUpdate, type Frame } from './dialect';
import { openEventStream } from './eventStream';
import type { ScanClient } from './scanClient';

export type ConnectionState = 'connecting' | 'streaming' | 'polling';

export interface WatchListener {
  /** The job, each time it differs from the last one told. After a terminal one nothing more comes. */
  job(job: Job): void;
  log(event: LogEvent): void;
  findings(issues: readonly Issue[]): void;
  connection(state: ConnectionState): void;
  /** The service does not know the job (any more), or could not be reached for `giveUpMs`. Nothing more comes. */
  lost(reason: string): void;
  /** The service wants a right token; told once until it takes one. Watching goes on. Without this listener the job is lost. */
  unauthorized?(): void;
}

export interface WatchOptions {
  /**
   * After this long without news the job is asked for; then as often until news come by the stream. Milliseconds. Not while a stream that is kept
   * alive is open: its silence says that there is no news.
   */
  readonly pollMs?: number;
  /** The least time between two status requests. */
  readonly gapMs?: number;
  /** The first wait before a stream is opened again; doubled each time up to `maxBackoffMs`, and jittered. */
  readonly backoffMs?: number;
  readonly maxBackoffMs?: number;
  /** Silence, comments included, after which a stream is taken for dead. */
  readonly deadAfterMs?: number;
  /** How long the service may be out of reach before the job is given up; forever when left out. */
  readonly giveUpMs?: number;
}

export interface JobWatch extends Disposable {
  /** The terminal job, or `lost`; also `lost` when disposed before. Never rejects. */
  readonly done: Promise<Job | 'lost'>;
}

const defaults = {
  pollMs: 3000,
  gapMs: 1000,
  backoffMs: 1000,
  maxBackoffMs: 30_000,
  // Two of the contract's keep-alives.
  deadAfterMs: 30_000,
  giveUpMs: Infinity,
};

/**
 * Follows a job to its end on any service, whatever dialect it speaks. One stream and at most one status request a `gapMs` at a time: the stream tells
 * what is new. When it breaks, the job is asked for instead every `pollMs`, while the stream is opened again with growing waits; and so it is while a
 * stream is silent, unless its service is known to keep streams alive (see {@link Watcher.#keepsAlive}). The first terminal status counts.
 */
export function watchJob(
  client: ScanClient,
  jobId: string,
  listener: WatchListener,
  options: WatchOptions = {},
): JobWatch {
  const watcher = new Watcher(client, jobId, listener, { ...defaults, ...options });
  watcher.start();
  return watcher;
}

class Watcher implements JobWatch {
  readonly done: Promise<Job | 'lost'>;
  readonly #client: ScanClient;
  readonly #jobId: string;
  readonly #listener: WatchListener;
  readonly #options: Required<WatchOptions>;
  readonly #abort = new AbortController();
  #resolve: (value: Job | 'lost') => void = () => undefined;
  #over = false;
  #current: Job | undefined;
  #told = '';
  #state: ConnectionState | undefined;
  #stream: Disposable | undefined;
  /** From the first frame on: what was logged and found before the stream was open comes too. */
  #lastEventId = '0';
  #reconnect: NodeJS.Timeout | undefined;
  #failures = 0;
  #streamFrames = 0;
  /**
   * Whether the open stream is one that its service keeps alive: it has sent a comment, or speaks a dialect that does (frames with ids, or `snapshot`).
   * Then it is well as long as it is open, since one without a byte for two keep-alives is closed. Other services open streams and fall silent.
   */
  #keepsAlive = false;
  #poll: NodeJS.Timeout | undefined;
  #asking = false;
  #lastAsked = -Infinity;
  /** Counts what the stream told, so that an answer that is older than it is dropped. */
  #frames = 0;
  #unauthorized = false;
  #outOfReachSince: number | undefined;

  constructor(client: ScanClient, jobId: string, listener: WatchListener, options: Required<WatchOptions>) {
    this.#client = client;
    this.#jobId = jobId;
    this.#listener = listener;
    this.#options = options;
    this.done = new Promise((resolve) => (this.#resolve = resolve));
  }

  start(): void {
    this.#connection('connecting');
    this.#openStream();
    void this.#ask();
  }

  dispose(): void {
    this.#end('lost');
  }

  #end(outcome: Job | 'lost'): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#poll);
    clearTimeout(this.#reconnect);
    this.#stream?.dispose();
    this.#abort.abort();
    this.#resolve(outcome);
  }

  #lose(reason: string): void {
    if (this.#over) return;
    this.#listener.lost(reason);
    this.#end('lost');
  }

  #connection(state: ConnectionState): void {
    if (this.#over || state === this.#state) return;
    this.#state = state;
    this.#listener.connection(state);
  }

  // The stream

  #openStream(): void {
    if (this.#over) return;
    this.#streamFrames = 0;
    this.#keepsAlive = false;
    this.#stream = openEventStream(
      this.#client.transport,
      this.#jobId,
      { lastEventId: this.#lastEventId, deadAfterMs: this.#options.deadAfterMs },
      {
        open: () => undefined,
        id: (id) => {
          this.#lastEventId = id;
          this.#keepsAlive = true;
        },
        frame: (frame) => this.#onFrame(frame),
        keptAlive: () => this.#onKeptAlive(),
        closed: (reason, status) => this.#streamClosed(reason, status),
      },
    );
  }

  #streamClosed(reason: string, status: number | undefined): void {
    if (this.#over) return;
    this.#keepsAlive = false;
    this.#stream?.dispose();
    this.#client.log.debug(`Stream of job ${this.#jobId}: ${reason}${status === undefined ? '' : ` (${status})`}.`);
    const { backoffMs, maxBackoffMs } = this.#options;
    const wait = Math.min(maxBackoffMs, backoffMs * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 16);
    // Between once and one and a half times the wait, so that the clients of a service that restarted do not all come at once.
    this.#reconnect = setTimeout(() => this.#openStream(), wait + randomInt(Math.floor(wait / 2) + 1));
    this.#connection('polling');
    void this.#ask();
  }

  #onFrame(frame: Frame): void {
    if (this.#over) return;
    switch (frame.kind) {
      case 'unreadable':
        this.#client.log.warn(`Job ${this.#jobId}: a frame of its stream was left out: ${frame.reason}.`);
        return;
      case 'error':
        this.#stream?.dispose();
        this.#streamClosed(frame.message, undefined);
        return;
      case 'other':
        this.#heard();
        return;
      case 'log':
        this.#listener.log(frame.event);
        this.#heard();
        return;
      case 'findings':
        this.#listener.findings(frame.issues);
        this.#heard();
        return;
      case 'job':
        this.#frames += 1;
        this.#heard();
        this.#take(frame.job);
        return;
      case 'progress':
        this.#frames += 1;
        this.#heard();
        if (this.#current) this.#take(withProgress(this.#current, frame.phase, frame.percent));
        return;
      case 'update': {
        this.#frames += 1;
        this.#keepsAlive = true;
        this.#heard();
        const changed = this.#current && withUpdate(this.#current, frame.change);
        if (changed && changed !== this.#current) this.#take(changed);
        else void this.#ask();
        return;
      }
      case 'finished': {
        this.#frames += 1;
        this.#heard();
        const ended = this.#current && withFinish(this.#current, frame.status, frame.error);
        if (ended) this.#take(ended);
        else void this.#ask();
        return;
      }
    }
  }

  /** A comment came by the stream: it works, and there is no news. */
  #onKeptAlive(): void {
    if (this.#over) return;
    this.#keepsAlive = true;
    this.#heard();
  }

  /** The stream works, and nobody needs to be asked for a while. */
  #heard(): void {
    // A stream that tells only its first frame before it breaks is not well: the waits grow until one tells a second.
    this.#streamFrames += 1;
    if (this.#streamFrames > 1) this.#failures = 0;
    this.#connection('streaming');
    this.#schedulePoll(this.#options.pollMs);
  }

  // The status requests

  /** @param isWanted whether to ask however well the stream is */
  #schedulePoll(afterMs: number, isWanted = false): void {
    if (this.#over) return;
    clearTimeout(this.#poll);
    this.#poll = setTimeout(() => {
      // Without any Job yet a silent stream says nothing.
      if (isWanted || !this.#keepsAlive || !this.#current) void this.#ask();
    }, afterMs);
  }

  async #ask(): Promise<void> {
    if (this.#over || this.#asking) return;
    const since = performance.now() - this.#lastAsked;
    if (since < this.#options.gapMs) {
      this.#schedulePoll(this.#options.gapMs - since, true);
      return;
    }
    this.#asking = true;
    this.#lastAsked = performance.now();
    const frames = this.#frames;
    let again = this.#options.pollMs;
    try {
      const job = await this.#client.job(this.#jobId, this.#abort.signal);
      this.#reached();
      if (frames === this.#frames || isTerminal(job.status)) this.#take(job);
      if (frames === this.#frames && this.#state === 'streaming' && !this.#keepsAlive) this.#connection('polling');
    } catch (error) {
      again = this.#failed(error) ?? again;
    } finally {
      this.#asking = false;
      this.#schedulePoll(again);
    }
  }

  #reached(): void {
    this.#outOfReachSince = undefined;
    if (!this.#unauthorized) return;
    this.#unauthorized = false;
    // The token is right again: no reason to wait for the stream's turn.
    clearTimeout(this.#reconnect);
    this.#failures = 0;
    this.#stream?.dispose();
    this.#openStream();
  }

  /** @returns milliseconds after which to ask again, when the service said */
  #failed(error: unknown): number | undefined {
    if (this.#over) return undefined;
    const code = errorCode(error);
    this.#client.log.debug(`Status of job ${this.#jobId}: ${errorMessage(error)}`);
    if (code === 'NOT_FOUND') this.#lose('The service does not know this job (any more).');
    else if (code === 'UNAUTHORIZED') this.#onUnauthorized(errorMessage(error));
    else {
      const now = performance.now();
      this.#outOfReachSince ??= now;
      if (now - this.#outOfReachSince >= this.#options.giveUpMs) this.#lose(errorMessage(error));
    }
    const retryAfter =
      typeof error === 'object' && error !== null && 'retryAfterSec' in error ? Number(error.retryAfterSec) : NaN;
    return retryAfter > 0 ? Math.min(retryAfter * 1000, 60_000) : undefined;
  }

  #onUnauthorized(message: string): void {
    if (!this.#listener.unauthorized) {
      this.#lose(`The service does not take the token (any more): ${message}`);
      return;
    }
    if (this.#unauthorized) return;
    this.#unauthorized = true;
    this.#listener.unauthorized();
  }

  /** A Job from whichever side: told when it is new. */
  #take(job: Job): void {
    if (this.#over) return;
    const before = this.#current;
    const next = before ? updated(before, job) : job;
    this.#current = next;
    const text = JSON.stringify(next);
    if (text !== this.#told) {
      this.#told = text;
      this.#listener.job(next);
    }
    if (isTerminal(next.status)) this.#end(next);
  }
}
