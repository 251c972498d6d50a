import { EventSource } from 'eventsource';
import type { Disposable } from '../base/lifecycle';
import { frameEvents, readFrame, type Frame } from './dialect';
import type { Transport } from './http';

export interface EventStreamListener {
  open(): void;
  frame(frame: Frame): void;
  /** The stream is over, however: refused, of another content type, dropped, silent for too long. Told once. */
  closed(reason: string, status: number | undefined): void;
}

export interface EventStreamOptions {
  /** The id of the last frame that was seen, to get what was missed; `0` for all that the service still has. */
  readonly lastEventId: string;
  /** Milliseconds without a single byte (the service sends a comment every 15 s) after which the connection is taken for dead. */
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
      return response.body && response.ok ? watched(response, heard) : response;
    },
  });

  function end(reason: string | undefined, status?: number): void {
    if (over) return;
    over = true;
    clearTimeout(idle);
    source.close();
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
      listener.frame(readFrame(name, event.data));
    });
  }
  return { dispose: () => end(undefined) };
}

/** The response, calling `heard` for every piece of its body. */
function watched(response: Response, heard: () => void): Response {
  const body = response.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        heard();
        controller.enqueue(chunk);
      },
    }),
  );
  const copy = new Response(body ?? null, { status: response.status, headers: response.headers });
  Object.defineProperty(copy, 'url', { value: response.url });
  return copy;
}
