import type { Hono } from 'hono';
import {
  comparisonQuery,
  exportQuery,
  isSuppressed,
  loginFields,
  noteFields,
  projectFields,
  projectFindingsQuery,
  projectListQuery,
  severities,
  trendQuery,
  triageFields,
  type AiConfig,
  type Capabilities,
  type Comparison,
  type DashboardFinding,
  type DashboardStats,
  type Issue,
  type Project,
  type ProjectList,
  type Report,
  type TrendDays,
} from '../../protocol';
import { ApiError } from '../errors/apiError';
import { compareReports, identity, type Change } from '../../findings/compareReports';
import { writeCsv } from '../../findings/csv';
import { formats } from '../../findings/formats';
import { leaseOf } from '../job/lease';
import { addTo, noFindings } from '../job/summaries';
import { describeAll } from './configRoutes';
import {
  audit,
  limitBody,
  parseInput,
  readJson,
  requireJob,
  type ApiContext,
  type ApiEnv,
  type ApiParts,
} from './context';
import { reportHash } from './forDashboards';
import { allProjects, requireProject } from './projects';
import { reportItem, requireReport } from './reportRoutes';
import type { Sessions } from './session';
import { trendOf } from './trend';

const recentScans = 10;

/** Routes for third-party dashboards, in addition to the contract's own. */
export function addDashboardRoutes(app: Hono<ApiEnv>, parts: ApiParts, sessions: Sessions | undefined): void {
  const limited = limitBody(parts);

  app.get('/auth/status', (c) => c.json({ required: parts.tokenNeeded, authenticated: c.get('caller') !== undefined }));

  app.post('/auth/login', limited, async (c) => {
    const { password } = parseInput(loginFields, await readJson(c));
    await sessions?.begin(c, password);
    return c.json({ required: parts.tokenNeeded, authenticated: true });
  });

  app.post('/auth/logout', async (c) => {
    await sessions?.end(c);
    return c.json({ required: parts.tokenNeeded, authenticated: !parts.tokenNeeded });
  });

  app.get('/config/ai', (c) => c.json(noAi));

  app.get('/capabilities', async (c) => {
    const { rulesets } = await parts.config.read();
    const details = await describeAll(parts.analyzers, undefined, rulesets);
    const noModels = { available: false, configured: false, models: [] };
    const body: Capabilities = {
      ready: details.some(({ available }) => available),
      worker_online: true,
      auth_required: parts.tokenNeeded,
      private_github: false,
      max_upload_size: parts.limits.maxUpload,
      analyzers: details.map(({ id, title, available, version, reason }) => ({
        id,
        name: id,
        display_name: title,
        available,
        version,
        reason,
        languages: [],
      })),
      providers: { openai: noModels, ollama: noModels },
      languages: [],
    };
    return c.json(body);
  });

  app.get('/dashboard/stats', async (c) => {
    const [recent, { active, found }] = await Promise.all([
      parts.jobs.page({ status: 'completed' }, 0, recentScans),
      parts.jobs.counts(),
    ]);
    const body: DashboardStats = {
      total_scans: recent.total,
      ai_enhanced_reports: 0,
      active_jobs: active,
      severity_distribution: found,
      recent_scans: recent.jobs.map(reportItem).map((item) => {
        const { critical, high, medium, low } = item.summary;
        return { ...item, total_issues: critical + high + medium + low, has_ai_analysis: false };
      }),
    };
    return c.json(body);
  });

  app.get('/projects', async (c) => {
    const query = parseInput(projectListQuery, c.req.query());
    const wanted = query.q?.toLowerCase() ?? '';
    const projects: Project[] = (await allProjects(parts)).filter(({ id, name, repository }) =>
      `${id}\n${name}\n${repository ?? ''}`.toLowerCase().includes(wanted),
    );
    const summary = noFindings();
    for (const { last_scan } of projects) if (last_scan) addTo(summary, last_scan.summary);
    if (query.sort === 'severity') projects.sort(worstFirst);
    const body: ProjectList = { ...pageOf(projects, query), summary };
    return c.json(body);
  });

  app.get('/dashboard/trend', async (c) => {
    const { days, project } = parseInput(trendQuery, c.req.query());
    const body: TrendDays = { days: trendOf(await parts.jobs.scans(project), days, Date.now()) };
    return c.json(body);
  });

  app.post('/projects', limited, async (c) => {
    const { name, kind } = parseInput(projectFields, await readJson(c));
    await audit(parts, c, 'create project', name);
    return c.json({ ...(await parts.projects.create(name)), kind, repository: null }, 201);
  });

  app.get('/projects/:id/findings', async (c) => {
    const query = parseInput(projectFindingsQuery, c.req.query());
    const { id, findings } = await openFindings(parts, c);
    const decisionOf = await parts.projects.decisions(id);
    const page = pageOf(findings, query);
    return c.json({ ...page, items: page.items.map((finding) => ({ ...finding, ...decisionOf(finding.id) })) });
  });

  app.patch('/projects/:id/findings/:finding/triage', limited, async (c) => {
    const { id, finding } = await requireFinding(parts, c);
    const { status, expected_revision, reason, category } = parseInput(triageFields, await readJson(c));
    await audit(parts, c, 'triage', `${id}/${finding.id}: ${status}`);
    const wanted = { status, ...(reason && { reason }), ...(category && { category }) };
    return c.json({ ...finding, ...(await parts.projects.decide(id, finding.id, wanted, expected_revision)) });
  });

  app.post('/projects/:id/findings/:finding/notes', limited, async (c) => {
    const { id, finding } = await requireFinding(parts, c);
    const { body } = parseInput(noteFields, await readJson(c));
    await audit(parts, c, 'note', `${id}/${finding.id}`);
    const note = { body, created_at: new Date().toISOString() };
    return c.json({ ...finding, ...(await parts.projects.note(id, finding.id, note)) }, 201);
  });

  app.get('/reports/:id/comparison', async (c) => {
    const query = parseInput(comparisonQuery, c.req.query());
    const stored = await requireJob(parts, c);
    const report = await requireReport(parts, stored);
    const current = identified(report, query.report_hash);
    const earlier = query.baseline_run_id
      ? await requireJob(parts, c, query.baseline_run_id)
      : await parts.jobs.baseline(stored);
    if (!earlier) {
      const body: Comparison = {
        has_baseline: false,
        baseline: null,
        current,
        status: 'no_baseline',
        counts: {},
        comparability_reasons: [],
        items: [],
      };
      return c.json(body);
    }
    const before = await requireReport(parts, earlier);
    return c.json(compared(before, report, identified(before, query.baseline_hash), current));
  });

  app.get('/reports/:id/export', async (c) => {
    const { format, report_hash } = parseInput(exportQuery, c.req.query());
    const report = await requireReport(parts, await requireJob(parts, c));
    identified(report, report_hash);
    const { type, write } = format === 'csv' ? { type: 'text/csv; charset=utf-8', write: writeCsv } : formats[format];
    c.header('Content-Type', type);
    c.header('Content-Disposition', `attachment; filename="codeagent-${report.job_id}.${extensions[format]}"`);
    c.header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    return c.body(write(report));
  });
}

const extensions = { json: 'json', sarif: 'sarif', html: 'html', md: 'md', csv: 'csv' };

/** Scans here use no language model. */
const noAi: AiConfig = {
  provider: 'ollama',
  model: '',
  min_severity: 'high',
  max_model_calls: 0,
  max_total_tokens: 0,
  timeout_sec: 0,
  max_findings: 0,
  max_context_chars: 0,
  max_output_tokens: 0,
};

/** One page of a list. */
function pageOf<T>(all: readonly T[], { page, limit }: { page: number; limit: number }) {
  return { items: all.slice((page - 1) * limit, page * limit), page, limit, total: all.length };
}

/** The worst findings first; projects without a completed scan last. */
function worstFirst({ last_scan: a }: Project, { last_scan: b }: Project): number {
  if (!a || !b) return Number(!a) - Number(!b);
  const differs = severities.find((severity) => a.summary[severity] !== b.summary[severity]);
  return differs === undefined ? 0 : b.summary[differs] - a.summary[differs];
}

/** A route's project and the open findings of its last scan, worst first. @throws ApiError NOT_FOUND */
async function openFindings(parts: ApiParts, c: ApiContext): Promise<{ id: string; findings: DashboardFinding[] }> {
  const { id, last_scan } = await requireProject(parts, c.req.param('id') ?? '');
  const last = last_scan ? await parts.jobs.stored(last_scan.job_id) : undefined;
  const report = last && (await parts.blobs.report(leaseOf(last)));
  const open = report?.files.flatMap((file) => file.issues).filter((issue) => !isSuppressed(issue)) ?? [];
  open.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
  return { id, findings: open.map(findingOf) };
}

/** @throws ApiError NOT_FOUND */
async function requireFinding(parts: ApiParts, c: ApiContext): Promise<{ id: string; finding: DashboardFinding }> {
  const { id, findings } = await openFindings(parts, c);
  const finding = findings.find((one) => one.id === c.req.param('finding'));
  if (!finding) throw new ApiError('NOT_FOUND', 'There is no such finding in the last scan of this project.');
  return { id, finding };
}

function findingOf(issue: Issue): DashboardFinding {
  const { tool, rule_id, message, severity, file, line } = issue;
  const id = identity(issue);
  return { id, fingerprint: id, tool, rule_id, message, severity, file, line };
}

/** A report's id and hash. @throws ApiError CONFLICT when the client expects another hash */
function identified(report: Report, wanted: string | undefined): Comparison['current'] {
  const report_hash = reportHash(report);
  if (wanted && wanted !== report_hash)
    throw new ApiError('CONFLICT', `The report of job ${report.job_id} has a different hash: ${report_hash}.`);
  return { job_id: report.job_id, report_hash };
}

function compared(
  before: Report,
  now: Report,
  baseline: Comparison['current'],
  current: Comparison['current'],
): Comparison {
  const changes = compareReports(before, now);
  const counts: Record<string, number> = { new: 0, existing: 0, resolved: 0, not_assessed: 0 };
  for (const { kind } of changes) counts[kind] = (counts[kind] ?? 0) + 1;
  const reasons = [before, now].flatMap(({ job_id, meta }) =>
    (meta.coverage?.gaps ?? []).map(
      ({ reason }) => `${job_id === now.job_id ? 'This scan' : 'The baseline'}: ${reason}`,
    ),
  );
  const lost = before.meta.tools.filter((tool) => !now.meta.tools.includes(tool));
  if (lost.length > 0)
    reasons.push(`This scan: some of the baseline's analyzers did not complete: ${lost.join(', ')}.`);
  return {
    has_baseline: true,
    baseline,
    current,
    status: reasons.length > 0 ? 'incomplete' : 'complete',
    counts,
    comparability_reasons: reasons,
    items: changes.map(changeItem),
  };
}

function changeItem(change: Change): Comparison['items'][number] {
  return {
    classification: change.kind,
    ...('now' in change && { finding: findingOf(change.now) }),
    ...('before' in change && { baseline_finding: findingOf(change.before) }),
    ...('reason' in change && { reason: change.reason }),
  };
}
