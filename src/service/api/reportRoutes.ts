import type { Hono } from 'hono';
import {
  reportFormat,
  reportListQuery,
  reportQuery,
  severities,
  type Report,
  type ReportListItem,
} from '../../protocol';
import { formats } from '../../findings/formats';
import { ApiError } from '../errors/apiError';
import type { StoredJob } from '../ports/record';
import { leaseOf } from '../job/lease';
import { parseInput, requireJob, type ApiEnv, type ApiParts } from './context';
import { forDashboards } from './forDashboards';

/** Report routes: one report in four formats, its counts, and the list. */
export function addReportRoutes(app: Hono<ApiEnv>, parts: ApiParts): void {
  app.get('/reports/:id', async (c) => {
    const wanted = reportQuery.safeParse(c.req.query());
    const stored = await requireJob(parts, c);
    const report = await requireReport(parts, stored);
    if (!wanted.success) throw new ApiError('NOT_ACCEPTABLE', `format: one of ${reportFormat.options.join(', ')}.`);
    const { type, write } = formats[wanted.data.format];
    c.header('Content-Type', type);
    // A report may quote hostile code, which must not run in a browser.
    c.header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    return c.body(
      wanted.data.format === 'json' ? write({ ...report, ...forDashboards(stored, report) }) : write(report),
    );
  });

  app.get('/reports/:id/summary', async (c) => {
    const { job_id, summary } = await requireReport(parts, await requireJob(parts, c));
    return c.json({ job_id, summary });
  });

  app.get('/reports', async (c) => {
    const query = parseInput(reportListQuery, c.req.query());
    const all = await reportItems(parts);
    const since = query.since === undefined ? -Infinity : Date.parse(query.since);
    const until = query.until === undefined ? Infinity : Date.parse(query.until);
    const items = all.filter((item) => {
      const at = Date.parse(item.generated_at);
      return (
        at >= since &&
        at <= until &&
        (query.tool === undefined || item.tools.includes(query.tool)) &&
        (query.label === undefined || item.labels.includes(query.label)) &&
        (query.repo === undefined || (item.repo ?? '').toLowerCase().includes(query.repo.toLowerCase())) &&
        (query.severity === undefined || reaches(item.summary, query.severity))
      );
    });
    const { page, limit } = query;
    return c.json({ items: items.slice((page - 1) * limit, page * limit), page, limit, total: items.length });
  });
}

/** The list of all reports, newest first. */
export async function reportItems(parts: ApiParts): Promise<ReportListItem[]> {
  const completed = (await parts.jobs.all()).filter(({ job }) => job.status === 'completed');
  return completed.map(({ job, request }) => ({
    job_id: job.job_id,
    generated_at: job.finished_at ?? '',
    repo: job.source.url,
    repo_url: job.source.url,
    tools: job.phases
      .filter((phase) => phase.phase.startsWith('analyze:') && phase.status === 'completed')
      .map((phase) => phase.phase.slice('analyze:'.length)),
    labels: request.labels,
    summary: job.summary ?? { critical: 0, high: 0, medium: 0, low: 0 },
  }));
}

/** Whether there is an issue of this severity or worse. */
function reaches(summary: Report['summary'], severity: (typeof severities)[number]): boolean {
  return severities.slice(0, severities.indexOf(severity) + 1).some((level) => summary[level] > 0);
}

/** The report of a job. @throws ApiError NOT_FOUND when it has none, or none yet */
export async function requireReport(parts: ApiParts, stored: StoredJob): Promise<Report> {
  // A canceled job has a partial report; a running one has none yet.
  const ended = stored.job.finished_at !== null;
  const report = ended ? await parts.blobs.report(leaseOf(stored)) : undefined;
  if (!report) throw new ApiError('NOT_FOUND', ended ? 'This job has no report.' : 'The report is not ready yet.');
  return report;
}
