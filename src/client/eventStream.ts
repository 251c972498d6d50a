import { EventSource, type FetchLikeResponse } from 'eventsource';
import type { Response } from '../base/http';
import type { Disposable } from '../base/lifecycle';
import { frameEvents, readFrame, type Frame } from './dialect';
import type { Transport } from './http';

export interface EventStreamListener {
  open(): void;
  frame(frame: Frame): void;
  /** A comment came: the service keeps this stream alive. */
  keptAlive(): void;
  /** The stream is over, however: refused, of another content type, dropped, silent for too long. Told once. */
  closed(reason: string, status: number | undefined): void;
}

export interface EventStreamOptions {
  /** The id of the last frame that was seen, to get what was missed; `0` for all that the service still has. */
  readonly lastEventId: string;
  /** Milliseconds without a single byte after which the connection is taken for dead: two of the service's keep-alives. */
  readonly deadAfterMs: number;
}

/**
 * One connection to a job's Server-Sent Events. It never reconnects by itself: `eventsource` gives up for good on any answer but a 200,
 * and knows no silence; so the backoff is its caller's.
 */
export function openEventStream(
  transport: Transport,
  jobId: string,
  options: EventStreamOptions,
  listener: EventStreamListener & { id(id: string): void },
): Disposable {
  let over = false;
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
      const comments = new CommentWatch();
      const watching = watched(response, (piece) => {
        heard();
        if (comments.sees(piece) && !over) listener.keptAlive();
      });
      cancelBody = watching.cancel;
      if (over) cancelBody();
      return watching.response;
    },
  });

  function end(reason: string | undefined, status?: number): void {
    if (over) return;
    over = true;
    clearTimeout(idle);
    source.close();
    cancelBody?.();
    if (reason !== undefined) listener.closed(reason, status);
  }
  function heard(): void {
    if (over) return;
    clearTimeout(idle);
    idle = setTimeout(() => end('no sign of life'), options.deadAfterMs);
  }

  heard();
  source.addEventListener('open', () => {
    if (!over) listener.open();
  });
  source.addEventListener('error', (event) => end(event.message ?? 'the connection ended', event.code));
  for (const name of frameEvents) {
    source.addEventListener(name, (event: MessageEvent<string>) => {
      if (over) return;
      if (event.lastEventId !== '') listener.id(event.lastEventId);
      // What sends snapshots sends comments too, if not at once.
      if (name === 'snapshot') listener.keptAlive();
      listener.frame(readFrame(name, event.data, transport.isOwn));
    });
  }
  return { dispose: () => end(undefined) };
}

/** Looks for comments in a stream: lines that begin with a colon. Nobody else tells of them. */
class CommentWatch {
  #atLineStart = true;

  /** Whether a comment begins in this piece. */
  sees(piece: Uint8Array): boolean {
    let seen = false;
    for (const byte of piece) {
      if (this.#atLineStart && byte === 0x3a) seen = true;
      this.#atLineStart = byte === 0x0a || byte === 0x0d;
    }
    return seen;
  }
}

/**
 * The response, calling `heard` for every piece of its body; and a way to end its connection. Not left to the fetch's own signal:
 * once the answer has begun, Node 20 may collect what ties the two together, and an idle stream would stay open.
 */
function watched(
  response: Response,
  heard: (piece: Uint8Array) => void,
): { response: FetchLikeResponse; cancel: () => void } {
  const reader = response.body?.getReader();
  const cancel = () => {
    // Rejects only when the connection has failed already, which is what is wanted.
    reader?.cancel().catch(() => undefined);
  };
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = await reader?.read();
      if (!piece || piece.done) {
        controller.close();
        return;
      }
      const bytes = piece.value as Uint8Array;
      heard(bytes);
      controller.enqueue(bytes);
    },
    cancel,
  });
  const { status, redirected, url, headers } = response;
  return { response: { body, status, redirected, url, headers }, cancel };
}
