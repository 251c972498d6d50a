import type { Hono } from 'hono';
import { isTerminal, type Capabilities, type DashboardStats } from '../../protocol';
import { describeAll } from './configRoutes';
import type { ApiEnv, ApiParts } from './context';
import { reportItems } from './reportRoutes';

const recentScans = 10;

/** What dashboards of other makes ask for beside the contract's own routes. */
export function addDashboardRoutes(app: Hono<ApiEnv>, parts: ApiParts): void {
  app.get('/auth/status', (c) => c.json({ required: parts.tokenNeeded, authenticated: c.get('isAuthorized') }));

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
    const items = await reportItems(parts);
    const severity_distribution = { critical: 0, high: 0, medium: 0, low: 0 };
    const scans = items.map((item) => {
      const { critical, high, medium, low } = item.summary;
      severity_distribution.critical += critical;
      severity_distribution.high += high;
      severity_distribution.medium += medium;
      severity_distribution.low += low;
      return { ...item, total_issues: critical + high + medium + low, has_ai_analysis: false };
    });
    const body: DashboardStats = {
      total_scans: items.length,
      ai_enhanced_reports: 0,
      active_jobs: (await parts.jobs.all()).filter(({ job }) => !isTerminal(job.status)).length,
      severity_distribution,
      recent_scans: scans.slice(0, recentScans),
    };
    return c.json(body);
  });
}
