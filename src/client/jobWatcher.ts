import { randomInt } from 'node:crypto';
import { errorCode, errorMessage } from '../base/errors';
import type { Disposable } from '../base/lifecycle';
import { isTerminal, type Issue, type Job, type LogEvent } from '../protocol';
import { updated } from '../protocol/updatedJob';
import { withFinish, withProgress, withUpdate, type Frame } from './dialect';
import { openEventStream } from './eventStream';
import type { ScanClient } from './scanClient';

export type ConnectionState = 'connecting' | 'streaming' | 'polling';

export interface WatchListener {
  /** The job, each time it changes. Nothing follows a terminal one. */
  job(job: Job): void;
  log(event: LogEvent): void;
  /** @param restart whether the scan has started again, so that earlier findings are void */
  findings(issues: readonly Issue[], restart: boolean): void;
  connection(state: ConnectionState): void;
  /** The service does not know the job, or has been unreachable for `giveUpMs`. Nothing follows. */
  lost(reason: string): void;
  /** The service rejects the token; called once until it accepts one. Watching continues. Without this listener, the job is lost. */
  unauthorized?(): void;
}

export interface WatchOptions {
  /**
   * Polling interval, in milliseconds, for when the stream brings nothing. There is no polling while a stream with keep-alives is open: if it is
   * silent, nothing has changed.
   */
  readonly pollMs?: number;
  /** Minimum time between two status requests, in milliseconds. */
  readonly gapMs?: number;
  /** Delay before reopening the stream, in milliseconds; doubled each time up to `maxBackoffMs`, with jitter. */
  readonly backoffMs?: number;
  readonly maxBackoffMs?: number;
  /** Milliseconds without any data, comments included, after which a stream counts as dead. */
  readonly deadAfterMs?: number;
  /** How long the service may be unreachable before the job is given up, in milliseconds; never by default. */
  readonly giveUpMs?: number;
}

export interface JobWatch extends Disposable {
  /** The terminal job, or `lost`, also if disposed first. Never rejects. */
  readonly done: Promise<Job | 'lost'>;
}

const defaults = {
  pollMs: 3000,
  gapMs: 1000,
  backoffMs: 1000,
  maxBackoffMs: 30_000,
  // Two keep-alive intervals of the contract.
  deadAfterMs: 30_000,
  giveUpMs: Infinity,
};

/**
 * Watches a job to its end on any service, in any dialect. Changes come through one stream. While that is broken, the job is polled every `pollMs` and
 * the stream is reopened with growing delays. A silent stream is polled as well, unless its service is known to send keep-alives (see
 * {@link Watcher.#keepsAlive}). There is at most one status request per `gapMs`. The first terminal status wins.
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
  #reported = '';
  #state: ConnectionState | undefined;
  #stream: Disposable | undefined;
  /** Starts at the first frame, to get what was logged and found before the stream opened. */
  #lastEventId = '0';
  #reconnectTimer: NodeJS.Timeout | undefined;
  #failures = 0;
  #streamFrames = 0;
  /**
   * Whether the service sends keep-alives on the open stream: it has sent a comment, or speaks a dialect with them (frames with IDs, or `snapshot`).
   * Such a stream works as long as it is open, since it is closed after two missed keep-alives. Other services open streams and fall silent.
   */
  #keepsAlive = false;
  #pollTimer: NodeJS.Timeout | undefined;
  #requesting = false;
  #lastRequest = -Infinity;
  /** Number of job frames received, to drop a status response that is older than the stream. */
  #frames = 0;
  #unauthorized = false;
  #unreachableSince: number | undefined;

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
    void this.#requestStatus();
  }

  dispose(): void {
    this.#end('lost');
  }

  #end(outcome: Job | 'lost'): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#pollTimer);
    clearTimeout(this.#reconnectTimer);
    this.#stream?.dispose();
    this.#abort.abort();
    this.#resolve(outcome);
  }

  #giveUp(reason: string): void {
    if (this.#over) return;
    this.#listener.lost(reason);
    this.#end('lost');
  }

  #connection(state: ConnectionState): void {
    if (this.#over || state === this.#state) return;
    this.#state = state;
    this.#listener.connection(state);
  }

  // Stream

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
    // With up to 50 % jitter, so that the clients of a restarted service do not all reconnect at once.
    this.#reconnectTimer = setTimeout(() => this.#openStream(), wait + randomInt(Math.floor(wait / 2) + 1));
    this.#connection('polling');
    void this.#requestStatus();
  }

  #onFrame(frame: Frame): void {
    if (this.#over) return;
    switch (frame.kind) {
      case 'unreadable':
        this.#client.log.warn(`Job ${this.#jobId}: skipped a frame of its stream: ${frame.reason}.`);
        return;
      case 'error':
        this.#stream?.dispose();
        this.#streamClosed(frame.message, undefined);
        return;
      case 'other':
        this.#onStreamAlive();
        return;
      case 'log':
        this.#listener.log(frame.event);
        this.#onStreamAlive();
        return;
      case 'findings':
        this.#listener.findings(frame.issues, frame.restart);
        this.#onStreamAlive();
        return;
      case 'job':
        this.#frames += 1;
        this.#onStreamAlive();
        this.#update(frame.job);
        return;
      case 'progress':
        this.#frames += 1;
        this.#onStreamAlive();
        if (this.#current) this.#update(withProgress(this.#current, frame.phase, frame.percent));
        return;
      case 'update': {
        this.#frames += 1;
        this.#keepsAlive = true;
        this.#onStreamAlive();
        const changed = this.#current && withUpdate(this.#current, frame.change);
        if (changed && changed !== this.#current) this.#update(changed);
        else void this.#requestStatus();
        return;
      }
      case 'finished': {
        this.#frames += 1;
        this.#onStreamAlive();
        const ended = this.#current && withFinish(this.#current, frame.status, frame.error);
        if (ended) this.#update(ended);
        else void this.#requestStatus();
        return;
      }
    }
  }

  /** The stream works, and nothing has changed. */
  #onKeptAlive(): void {
    if (this.#over) return;
    this.#keepsAlive = true;
    this.#onStreamAlive();
  }

  /** The stream works, so polling can wait. */
  #onStreamAlive(): void {
    // A stream that breaks after its first frame does not count as working: the delays keep growing until one brings a second frame.
    this.#streamFrames += 1;
    if (this.#streamFrames > 1) this.#failures = 0;
    this.#connection('streaming');
    this.#schedulePoll(this.#options.pollMs);
  }

  // Polling

  /** @param force whether to poll even if the stream works */
  #schedulePoll(afterMs: number, force = false): void {
    if (this.#over) return;
    clearTimeout(this.#pollTimer);
    this.#pollTimer = setTimeout(() => {
      // As long as there is no job, silence means nothing.
      if (force || !this.#keepsAlive || !this.#current) void this.#requestStatus();
    }, afterMs);
  }

  async #requestStatus(): Promise<void> {
    if (this.#over || this.#requesting) return;
    const since = performance.now() - this.#lastRequest;
    if (since < this.#options.gapMs) {
      this.#schedulePoll(this.#options.gapMs - since, true);
      return;
    }
    this.#requesting = true;
    this.#lastRequest = performance.now();
    const frames = this.#frames;
    let nextMs = this.#options.pollMs;
    try {
      const job = await this.#client.job(this.#jobId, this.#abort.signal);
      this.#onReached();
      if (frames === this.#frames || isTerminal(job.status)) this.#update(job);
      if (frames === this.#frames && this.#state === 'streaming' && !this.#keepsAlive) this.#connection('polling');
    } catch (error) {
      nextMs = this.#onFailed(error) ?? nextMs;
    } finally {
      this.#requesting = false;
      this.#schedulePoll(nextMs);
    }
  }

  #onReached(): void {
    this.#unreachableSince = undefined;
    if (!this.#unauthorized) return;
    this.#unauthorized = false;
    // The token is valid again, so reopen the stream at once.
    clearTimeout(this.#reconnectTimer);
    this.#failures = 0;
    this.#stream?.dispose();
    this.#openStream();
  }

  /** @returns milliseconds to wait before the next request, if the service said so */
  #onFailed(error: unknown): number | undefined {
    if (this.#over) return undefined;
    const code = errorCode(error);
    this.#client.log.debug(`Status of job ${this.#jobId}: ${errorMessage(error)}`);
    if (code === 'NOT_FOUND') this.#giveUp('The service does not know this job.');
    else if (code === 'UNAUTHORIZED') this.#onUnauthorized(errorMessage(error));
    else {
      const now = performance.now();
      this.#unreachableSince ??= now;
      if (now - this.#unreachableSince >= this.#options.giveUpMs) this.#giveUp(errorMessage(error));
    }
    const retryAfter =
      typeof error === 'object' && error !== null && 'retryAfterSec' in error ? Number(error.retryAfterSec) : NaN;
    return retryAfter > 0 ? Math.min(retryAfter * 1000, 60_000) : undefined;
  }

  #onUnauthorized(message: string): void {
    if (!this.#listener.unauthorized) {
      this.#giveUp(`The service rejects the token: ${message}`);
      return;
    }
    if (this.#unauthorized) return;
    this.#unauthorized = true;
    this.#listener.unauthorized();
  }

  /** Takes a job from the stream or a status request, and reports it if it has changed. */
  #update(job: Job): void {
    if (this.#over) return;
    const before = this.#current;
    const next = before ? updated(before, job) : job;
    this.#current = next;
    const text = JSON.stringify(next);
    if (text !== this.#reported) {
      this.#reported = text;
      this.#listener.job(next);
    }
    if (isTerminal(next.status)) this.#end(next);
  }
}
