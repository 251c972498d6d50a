import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Hono } from 'hono';
import { jobListQuery, jobLogQuery } from '../../protocol';
import type { FullJob } from '../job/jobMachine';
import { leaseOf } from '../job/lease';
import { audit, parseInput, requireJob, requireOwner, type ApiEnv, type ApiParts } from './context';

/** A Job for a response. A queued one has no progress, not even null, which some dashboards fail on; they also need its kind. */
function jobAnswer(job: FullJob): object {
  const { progress, ...rest } = job;
  return { ...rest, ...((progress !== null || job.status !== 'queued') && { progress }), kind: 'scan' };
}

/** Jobs: list, one, cancel, log, live stream. */
export function addJobRoutes(app: Hono<ApiEnv>, parts: ApiParts): void {
  const { jobs, blobs, streams } = parts;

  app.get('/jobs', async (c) => {
    const { limit, page, status, project, q } = parseInput(jobListQuery, c.req.query());
    const offset = ((page ?? 1) - 1) * limit;
    const found = await jobs.page({ status, project, text: q }, offset, limit);
    const shown = found.jobs.map(jobAnswer);
    const body = { jobs: shown, total: found.total, limit, ...(page !== undefined && { page, items: shown }) };
    return c.json(body);
  });

  app.get('/jobs/:id', async (c) => c.json(jobAnswer((await requireJob(parts, c)).job)));

  app.delete('/jobs/:id', async (c) => {
    const stored = await requireJob(parts, c);
    requireOwner(c, stored);
    const id = stored.job.job_id;
    await audit(parts, c, 'cancel', id);
    await jobs.cancel(id);
    return c.json({ job_id: id, status: 'canceling' }, 202);
  });

  app.get('/jobs/:id/log', async (c) => {
    const { tail } = parseInput(jobLogQuery, c.req.query());
    const text = await blobs.log(leaseOf(await requireJob(parts, c)));
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
    const stored = await requireJob(parts, c);
    const given = Number(c.req.header('last-event-id') || NaN);
    const after = Number.isSafeInteger(given) && given >= 0 ? given : undefined;
    // The client has already seen the end; only this stops an EventSource from reconnecting.
    if (after !== undefined && after === (await streams.lastFrameOf(stored))) return c.body(null, 204);
    // Written to Node's own response, which alone reports backpressure.
    const { outgoing } = c.env;
    for (const name of ['x-request-id', 'access-control-allow-origin', 'vary', 'x-content-type-options']) {
      const value = c.res.headers.get(name);
      if (value !== null) outgoing.setHeader(name, value);
    }
    await streams.follow(stored.job.job_id, outgoing, after, c.get('caller')?.id);
    return RESPONSE_ALREADY_SENT;
  });
}
