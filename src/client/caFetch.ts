import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';

/**
 * A fetch that trusts the given certificate authorities beside those that Node trusts: its own fetch takes none.
 * Only what the scan client needs: no redirects, no caches, no decompression.
 * @param ca certificates in PEM form
 */
export function fetchTrusting(ca: readonly string[]): typeof fetch {
  return async (input, init) => {
    const prepared = new Request(input, init);
    if (!prepared.url.startsWith('https:')) return fetch(input, init);
    const headers = Object.fromEntries(prepared.headers);
    return new Promise<Response>((resolve, reject) => {
      const outgoing = httpsRequest(
        prepared.url,
        { method: prepared.method, headers, ca: [...ca], signal: prepared.signal },
        (incoming) => {
          const status = incoming.statusCode ?? 500;
          if (status >= 300 && status < 400) {
            incoming.destroy();
            reject(
              new TypeError('fetch failed', { cause: new Error(`it redirects to ${incoming.headers.location ?? ''}`) }),
            );
            return;
          }
          const pairs = Object.entries(incoming.headersDistinct).flatMap(([name, values]) =>
            (values ?? []).map((value): [string, string] => [name, value]),
          );
          const empty = status === 204 || status === 205;
          const body = empty ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>);
          const response = new Response(body, { status, headers: pairs });
          Object.defineProperty(response, 'url', { value: prepared.url });
          resolve(response);
        },
      );
      outgoing.on('error', (error) => reject(new TypeError('fetch failed', { cause: error })));
      if (prepared.body) Readable.fromWeb(prepared.body as WebStream).pipe(outgoing);
      else outgoing.end();
    });
  };
}
