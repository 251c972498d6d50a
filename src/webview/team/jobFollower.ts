import { EventSource } from 'eventsource';
import type * as z from 'zod';
import { findingsEvent, logEvent, type LogEvent } from '../../protocol/events';
import { isTerminal, job as jobSchema, type Job } from '../../protocol/job';
import type { Issue } from '../../protocol/report';
import { updated } from '../../protocol/updatedJob';
import { ApiFailure, type Api } from './api';
import { backOff } from './backOff';
import type { Connection, ConnectionState } from './connection';

/** The service sends a comment every 15 s: a stream that is silent for longer is dead. */
const deadAfterMs = 35_000;
/** Polling interval while there is no stream. */
const pollMs = 3_000;

export interface FollowerEvents {
  /** The job, each time it has changed. Nothing follows a terminal one. */
  job(job: Job): void;
  log?(lines: readonly LogEvent[]): void;
  /** @param restart whether the scan has started again, so that earlier findings are void */
  findings?(issues: readonly Issue[], restart: boolean): void;
  /** How the job is followed. @param reason why the service cannot be reached, as a sentence */
  state?(state: ConnectionState, reason?: string): void;
  /** A permanent failure, such as a job that the service does not know. Nothing follows. */
  failed?(failure: ApiFailure): void;
}

/**
 * Follows a job to its end through its event stream. While there is none, because a node died or a proxy cuts streams, it polls, and
 * reconnects with growing delays: the service that responds then may be another node. It pauses in a hidden tab, since browsers open only
 * six connections to a service.
 */
export class JobFollower {
  #source: EventSource | undefined;
  #dead: ReturnType<typeof setTimeout> | undefined;
  #reopen: ReturnType<typeof setTimeout> | undefined;
  #poll: ReturnType<typeof setTimeout> | undefined;
  #streaming = false;
  #polling = false;
  #failures = 0;
  #lastEventId: string | undefined;
  #current: Job | undefined;
  #over = false;
  readonly #undo: (() => void)[] = [];

  /** @param fromStart whether to include the log and the findings so far */
  constructor(
    private readonly api: Api,
    private readonly id: string,
    private readonly events: FollowerEvents,
    connection: Connection,
    fromStart: boolean,
  ) {
    this.#lastEventId = fromStart ? '0' : undefined;
    const onVisibility = () => {
      if (document.visibilityState === 'visible') this.#connect();
      else this.#disconnect();
    };
    document.addEventListener('visibilitychange', onVisibility);
    this.#undo.push(
      () => document.removeEventListener('visibilitychange', onVisibility),
      connection.onRetry(() => this.#connect()),
    );
    this.#connect();
  }

  dispose(): void {
    this.#over = true;
    this.#disconnect();
    for (const undo of this.#undo) undo();
  }

  #connect(): void {
    if (this.#over || this.#source) return;
    clearTimeout(this.#reopen);
    const source = new EventSource(this.api.url(`/events/${encodeURIComponent(this.id)}`), {
      fetch: async (_, init) => {
        const since = this.#lastEventId === undefined ? {} : { 'Last-Event-ID': this.#lastEventId };
        const response = await this.api.stream(`/events/${encodeURIComponent(this.id)}`, {
          ...(init as RequestInit),
          headers: { ...init.headers, ...since },
        });
        return response.ok && response.body ? this.#watched(response, response.body) : response;
      },
    });
    this.#source = source;
    this.#awaitSign();
    const on = (name: string, handle: (data: unknown) => void) => {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        if (this.#source !== source) return;
        if (event.lastEventId !== '') this.#lastEventId = event.lastEventId;
        handle(json(event.data));
      });
    };
    on('message', (data) => {
      this.#failures = 0;
      this.#streaming = true;
      clearTimeout(this.#poll);
      this.events.state?.('live');
      this.#take(jobSchema, data, (job) => this.#update(job));
    });
    on('log', (data) => this.#take(logEvent, data, (line) => this.events.log?.([line])));
    on('findings', (data) =>
      this.#take(findingsEvent, data, ({ issues, restart = false }) => this.events.findings?.(issues, restart)),
    );
    source.addEventListener('error', ({ code }) => {
      if (this.#source === source) this.#lost(code);
    });
  }

  #disconnect(): void {
    for (const timer of [this.#dead, this.#reopen, this.#poll]) clearTimeout(timer);
    this.#source?.close();
    this.#source = undefined;
    this.#streaming = false;
  }

  /** The same response, where each chunk counts as a sign of life, including comments. */
  #watched(response: Response, body: ReadableStream<Uint8Array>): Response {
    const watch = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        this.#awaitSign();
        controller.enqueue(chunk);
      },
    });
    const { status, headers } = response;
    return new Response(body.pipeThrough(watch), { status, headers });
  }

  #awaitSign(): void {
    clearTimeout(this.#dead);
    if (!this.#over && this.#source) this.#dead = setTimeout(() => this.#lost(undefined), deadAfterMs);
  }

  #lost(status: number | undefined): void {
    this.#disconnect();
    if (this.#over) return;
    if (status === 401) {
      this.api.refused();
      return;
    }
    this.#failures += 1;
    this.#reopen = setTimeout(() => this.#connect(), backOff(this.#failures));
    void this.#ask();
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#poll);
    if (this.#polling) return;
    this.#polling = true;
    try {
      const job = await this.api.get(jobSchema, `/jobs/${encodeURIComponent(this.id)}`);
      if (!this.#over && !this.#streaming) this.events.state?.('polling');
      this.#update(job);
    } catch (error) {
      this.#askFailed(error);
    }
    this.#polling = false;
    // A stream that is open, but has not delivered anything yet, may break again.
    if (!this.#over && !this.#streaming && document.visibilityState === 'visible')
      this.#poll = setTimeout(() => void this.#ask(), pollMs);
  }

  #askFailed(error: unknown): void {
    if (this.#over) return;
    if (!(error instanceof ApiFailure)) throw error;
    if (error.isTemporary) {
      if (!this.#streaming) this.events.state?.('lost', error.message);
    } else if (error.status !== 401) {
      this.dispose();
      this.events.failed?.(error);
    }
  }

  #update(job: Job): void {
    if (this.#over) return;
    const next = this.#current ? updated(this.#current, job) : job;
    const isNew = JSON.stringify(next) !== JSON.stringify(this.#current);
    this.#current = next;
    if (isTerminal(next.status)) {
      this.dispose();
      this.events.state?.('live');
    }
    if (isNew) this.events.job(next);
  }

  #take<T>(schema: z.ZodType<T>, data: unknown, handle: (value: T) => void): void {
    if (this.#over) return;
    const parsed = schema.safeParse(data);
    if (parsed.success) handle(parsed.data);
    else console.error('The service sent an event that cannot be read.', parsed.error.message);
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
