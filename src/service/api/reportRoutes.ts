import type { Hono } from 'hono';
import { reportFormat, reportListQuery, reportQuery, type Report, type ReportListItem } from '../../protocol';
import { formats } from '../../findings/formats';
import type { TrendScan } from '../../findings/html';
import { ApiError } from '../errors/apiError';
import type { FullJob } from '../job/jobMachine';
import { leaseOf } from '../job/lease';
import { projectScanOf } from '../job/projects';
import { completedTools, projectIdOf } from '../job/search';
import { noFindings } from '../job/summaries';
import type { StoredJob } from '../ports/record';
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
      wanted.data.format === 'json'
        ? write({ ...report, ...forDashboards(stored, report) })
        : write(report, wanted.data.format === 'html' ? { trend: await trendUpTo(parts, stored) } : {}),
    );
  });

  app.get('/reports/:id/summary', async (c) => {
    const { job_id, summary } = await requireReport(parts, await requireJob(parts, c));
    return c.json({ job_id, summary });
  });

  app.get('/reports', async (c) => {
    const { page, limit, since, until, ...filter } = parseInput(reportListQuery, c.req.query());
    const found = await parts.jobs.page(
      {
        ...filter,
        status: 'completed',
        ...(since !== undefined && { since: Date.parse(since) }),
        ...(until !== undefined && { until: Date.parse(until) }),
      },
      (page - 1) * limit,
      limit,
    );
    return c.json({ items: found.jobs.map(reportItem), page, limit, total: found.total });
  });
}

/** How many scans the trend of a report shows. */
const maxTrend = 12;

/** The latest whole scans of the same project up to this one, oldest first: of an earlier day, maybe only its last. */
async function trendUpTo(parts: ApiParts, stored: StoredJob): Promise<TrendScan[]> {
  const [project, own] = [projectIdOf(stored), projectScanOf(stored)];
  // A canceled scan, or a part of one, cannot be compared with whole ones.
  if (project === undefined || own?.whole !== true) return [];
  const before = (await parts.jobs.scans(project)).filter(({ finished_at }) => finished_at < own.finished_at);
  const scans = [...before.toSorted((a, b) => (a.finished_at < b.finished_at ? -1 : 1)).slice(1 - maxTrend), own];
  return scans.map((one) => ({ when: one.finished_at, summary: one.summary, isThis: one === own }));
}

/** A completed job in a list of reports. */
export function reportItem(job: FullJob): ReportListItem {
  return {
    job_id: job.job_id,
    generated_at: job.finished_at ?? '',
    repo: job.source.url,
    repo_url: job.source.url,
    tools: completedTools(job),
    labels: job.labels,
    summary: job.summary ?? noFindings(),
  };
}

/** The report of a job. @throws ApiError NOT_FOUND when it has none, or none yet */
export async function requireReport(parts: ApiParts, stored: StoredJob): Promise<Report> {
  // A canceled job has a partial report; a running one has none yet.
  const ended = stored.job.finished_at !== null;
  const report = ended ? await parts.blobs.report(leaseOf(stored)) : undefined;
  if (!report) throw new ApiError('NOT_FOUND', ended ? 'This job has no report.' : 'The report is not ready yet.');
  return report;
}
