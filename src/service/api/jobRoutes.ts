import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Hono } from 'hono';
import { jobListQuery, jobLogQuery, type JobList } from '../../protocol';
import { readIfThere } from '../jobs/eventLog';
import { parseInput, requireJob, requireJobId, type ApiEnv, type ApiParts } from './context';

/** Jobs: list, one, cancel, log, live stream. */
export function addJobRoutes(app: Hono<ApiEnv>, parts: ApiParts): void {
  const { jobs, store, streams } = parts;

  app.get('/jobs', async (c) => {
    const { limit, status } = parseInput(jobListQuery, c.req.query());
    const all = (await jobs.all()).map(({ job }) => job).filter((job) => status === undefined || job.status === status);
    const body: JobList = { jobs: all.slice(0, limit), total: all.length, limit };
    return c.json(body);
  });

  app.get('/jobs/:id', async (c) => c.json((await requireJob(parts, c)).job));

  app.delete('/jobs/:id', async (c) => {
    const id = requireJobId(c);
    await jobs.cancel(id);
    return c.json({ job_id: id, status: 'canceling' }, 202);
  });

  app.get('/jobs/:id/log', async (c) => {
    const { tail } = parseInput(jobLogQuery, c.req.query());
    const { job } = await requireJob(parts, c);
    const text = await readIfThere(store.path(job.job_id, 'log.txt'));
    if (tail === undefined) return c.text(text);
    const lines = text.split('\n').slice(0, -1);
    return c.text(
      lines
        .slice(Math.max(0, lines.length - tail))
        .map((line) => `${line}\n`)
        .join(''),
    );
  });

  app.get('/events/:id', async (c) => {
    const { job } = await requireJob(parts, c);
    const given = Number(c.req.header('last-event-id') || NaN);
    const after = Number.isSafeInteger(given) && given >= 0 ? given : undefined;
    // Written by hand on Node's own response: only that tells when a client reads slower than frames come.
    const { outgoing } = c.env;
    for (const name of ['x-request-id', 'access-control-allow-origin', 'vary', 'x-content-type-options']) {
      const value = c.res.headers.get(name);
      if (value !== null) outgoing.setHeader(name, value);
    }
    await streams.follow(job.job_id, outgoing, after);
    return RESPONSE_ALREADY_SENT;
  });
}
