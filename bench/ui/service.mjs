// The scan service of bench/ui.mjs.
import { createServer } from 'node:http';

/**
 * Starts a scan service with one job under way, whose report comes when it is told, and the line to the extension that does the steps.
 * @param {{report: object, jobsOf(window: number): readonly object[]}} options
 */
export async function startService({ report, jobsOf }) {
  const text = JSON.stringify(report);
  /** Of the scans of the history. */
  const none = JSON.stringify({ ...report, files: [] });
  const waiting = [];
  let ask;
  let answered;
  let stream;
  let completed = false;
  let listens;
  let sent;
  const parts = {
    listening: Promise.resolve(),
    /** Before a window is opened: the one before asks no more. */
    reset() {
      completed = false;
      ask = undefined;
      parts.listening = new Promise((resolve, reject) => {
        listens = resolve;
        setTimeout(() => reject(new Error('the running job of the history was not restored')), 600_000).unref();
      });
      // Whoever waits for it is told, too.
      parts.listening.catch(() => undefined);
    },
    /** Ends the job, and resolves when its report is on its way. */
    async complete() {
      completed = true;
      const began = new Promise((resolve) => (sent = resolve));
      stream.write(frame());
      stream.end();
      return { began: await began };
    },
    /** Has the extension do something. */
    async step(name, args = {}) {
      const result = await new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error(`${name} took over ten minutes`)), 600_000).unref();
        waiting.push({ step: JSON.stringify({ name, args }), resolve });
        next();
      });
      if (result.error) throw new Error(result.error);
      return result;
    },
  };
  const next = () => {
    if (!ask || answered || waiting.length === 0) return;
    const { step, resolve } = waiting.shift();
    answered = resolve;
    ask.end(step);
    ask = undefined;
  };
  let job;
  const frame = () => `id: 1\ndata: ${JSON.stringify({ ...job, status: completed ? 'completed' : 'running' })}\n\n`;
  const server = createServer(async (request, response) => {
    const [, kind, id] = new URL(request.url, 'http://localhost').pathname.split('/');
    if (kind === 'step') {
      ask = response;
      answered = undefined;
      next();
    } else if (kind === 'done') {
      let answer = '';
      for await (const part of request) answer += part;
      answered(JSON.parse(answer));
      response.end();
    } else if (kind === 'reports') {
      response.setHeader('content-type', 'application/json');
      response.end(id === 'job' || completed ? text : none);
      sent?.(Date.now());
    } else if (kind === 'events') {
      job = jobsOf(Number(id.split('-')[1]))[0];
      stream = response;
      response.setHeader('content-type', 'text/event-stream');
      response.write(frame());
      listens?.();
    } else if (kind === 'jobs')
      response.end(
        JSON.stringify({ ...jobsOf(Number(id.split('-')[1]))[0], status: completed ? 'completed' : 'running' }),
      );
    else response.writeHead(404).end('{}');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(parts, {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
}
