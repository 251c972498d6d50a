import { EventSource, type FetchLikeResponse } from 'eventsource';
import type { Response } from '../base/http';
import type { Disposable } from '../base/lifecycle';
import { frameEvents, readFrame, type Frame } from './dialect';
import type { Transport } from './http';

export interface EventStreamListener {
  open(): void;
  frame(frame: Frame): void;
  /** The service sent a comment, its keep-alive. */
  keptAlive(): void;
  /** The stream ended: refused, wrong content type, dropped, or silent for too long. Called once. */
  closed(reason: string, status: number | undefined): void;
}

export interface EventStreamOptions {
  /** ID of the last frame received, to resume after it; `0` for everything the service still has. */
  readonly lastEventId: string;
  /** Milliseconds without a byte after which the connection counts as dead: two keep-alive intervals of the service. */
  readonly deadAfterMs: number;
}

/**
 * One connection to a job's Server-Sent Events. It never reconnects by itself: `eventsource` gives up on any response but a 200 and does not
 * notice silence, so reconnecting is left to the caller.
 */
export function openEventStream(
  transport: Transport,
  jobId: string,
  options: EventStreamOptions,
  listener: EventStreamListener & { id(id: string): void },
): Disposable {
  let ended = false;
  let idle: NodeJS.Timeout | undefined;
  let cancelBody: (() => void) | undefined;
  const source = new EventSource(`${transport.url}/events/${encodeURIComponent(jobId)}`, {
    fetch: async (url, init) => {
      const response = await transport.fetch(url, {
        ...init,
        redirect: 'error',
        headers: {
          ...init.headers,
          ...(await transport.headers()),
          'Last-Event-ID': options.lastEventId,
        },
      });
      if (!response.body || !response.ok) return response;
      const comments = new CommentDetector();
      const observedResponse = observed(response, (chunk) => {
        restartTimer();
        if (comments.detect(chunk) && !ended) listener.keptAlive();
      });
      cancelBody = observedResponse.cancel;
      if (ended) cancelBody();
      return observedResponse.response;
    },
  });

  function end(reason: string | undefined, status?: number): void {
    if (ended) return;
    ended = true;
    clearTimeout(idle);
    source.close();
    cancelBody?.();
    if (reason !== undefined) listener.closed(reason, status);
  }
  function restartTimer(): void {
    if (ended) return;
    clearTimeout(idle);
    idle = setTimeout(() => end('no data received'), options.deadAfterMs);
  }

  restartTimer();
  source.addEventListener('open', () => {
    if (!ended) listener.open();
  });
  source.addEventListener('error', (event) => end(event.message ?? 'the connection ended', event.code));
  for (const name of frameEvents) {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      if (ended) return;
      if (event.lastEventId !== '') listener.id(event.lastEventId);
      // A service that sends snapshots also sends comments, if not right away.
      if (name === 'snapshot') listener.keptAlive();
      listener.frame(readFrame(name, event.data, transport.isOwn));
    });
  }
  return { dispose: () => end(undefined) };
}

/** Detects comments in a stream, which are lines that start with a colon. `eventsource` does not report them. */
class CommentDetector {
  #atLineStart = true;

  /** Whether a comment starts in this chunk. */
  detect(chunk: Uint8Array): boolean {
    let found = false;
    for (const byte of chunk) {
      if (this.#atLineStart && byte === 0x3a) found = true;
      this.#atLineStart = byte === 0x0a || byte === 0x0d;
    }
    return found;
  }
}

/**
 * Wraps a response to call `onChunk` for every chunk of its body, with a way to close the connection. The signal passed to fetch is not enough
 * for that: once the response has started, Node 20 may garbage-collect what links the two, and an idle stream would stay open.
 */
function observed(
  response: Response,
  onChunk: (chunk: Uint8Array) => void,
): { response: FetchLikeResponse; cancel: () => void } {
  const reader = response.body?.getReader();
  const cancel = () => {
    // Rejects only if the connection has already failed, which is just as well.
    reader?.cancel().catch(() => undefined);
  };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunk = await reader?.read();
      if (!chunk || chunk.done) {
        controller.close();
        return;
      }
      const bytes = chunk.value as Uint8Array;
      onChunk(bytes);
      controller.enqueue(bytes);
    },
    cancel,
  });
  const { status, redirected, url, headers } = response;
  return { response: { body, status, redirected, url, headers }, cancel };
}
