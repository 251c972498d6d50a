import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { errorStatus, type ErrorBody } from '../../protocol';
import { errorCode } from '../../base/errors';
import type { ApiEnv } from './context';

/**
 * Node's HTTP server for the routes. Malformed requests, which never reach a route, get the same kind of response as others: an error body
 * and an X-Request-Id.
 */
export function createHttpServer(app: Hono<ApiEnv>): Server {
  const listener = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    // Only requests with a malformed Host or target get here; errors thrown by routes do not.
    errorHandler: () => {
      const { status, headers, body } = refusal('INVALID_INPUT', 'The Host header or the request target is malformed.');
      return new Response(body, { status, headers });
    },
  });
  const options = {
    maxHeaderSize: 16 * 1024,
    requestTimeout: 15 * 60_000,
    headersTimeout: 20_000,
    // Longer than a client or load balancer keeps an idle connection, commonly 60 s: otherwise it may send on a connection that is being
    // closed, and its request is lost.
    keepAliveTimeout: 75_000,
    // The error handler answers, as for every malformed Host.
    requireHostHeader: false,
  };
  const server = createServer(options, (request, response) => void listener(request, response));

  server.on('checkExpectation', (_request, response) => {
    const { status, headers, body } = refusal('INVALID_INPUT', 'Only "Expect: 100-continue" is supported.');
    response.writeHead(status, { ...headers, Connection: 'close' }).end(body);
  });
  server.on('clientError', (error, socket) => {
    if (errorCode(error) === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const code = errorCode(error) === 'HPE_HEADER_OVERFLOW' ? 'PAYLOAD_TOO_LARGE' : 'INVALID_INPUT';
    const text = code === 'PAYLOAD_TOO_LARGE' ? 'The headers are too long.' : 'This is not an HTTP request.';
    const { status, headers, body } = refusal(code, text);
    const lines = Object.entries({ ...headers, 'Content-Length': Buffer.byteLength(body), Connection: 'close' });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.end(`HTTP/1.1 ${status} Refused\r\n${head}\r\n${body}`, () => socket.destroy());
  });
  return server;
}

/** How long the rest of a small body may take, in ms. */
const skipMs = 500;

/** Reads the rest of an unused body, if it is small and arrives soon. */
export async function skipBody(request: IncomingMessage, most: number): Promise<void> {
  if (!bodyIsUnread(request) || Number(request.headers['content-length'] ?? Infinity) > most) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, skipMs);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    request.once('end', done).once('close', done).once('error', done).resume();
  });
}

/** Whether part of the request body has not been read. */
export function bodyIsUnread({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0);
}

function refusal(code: 'INVALID_INPUT' | 'PAYLOAD_TOO_LARGE', message: string) {
  const body: ErrorBody = { error: { code, message } };
  const headers = { 'Content-Type': 'application/json', 'X-Request-Id': randomUUID() };
  return { status: errorStatus[code], headers, body: JSON.stringify(body) };
}
