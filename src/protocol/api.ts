import * as z from 'zod';
import { job, jobStatus } from './job';
import { severity, summary } from './report';

/** The contract's error codes with their HTTP status. */
export const errorStatus = {
  INVALID_INPUT: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  NOT_ACCEPTABLE: 406,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMIT: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  TIMEOUT: 504,
} as const;
export type ApiErrorCode = keyof typeof errorStatus;

export const errorBody = z.object({
  error: z.object({ code: z.string(), message: z.string(), details: z.unknown().optional() }),
});
export type ErrorBody = z.infer<typeof errorBody>;

export const health = z.object({
  status: z.string(),
  version: z.string().optional(),
  capabilities: z.array(z.string()).optional(),
});
export type Health = z.infer<typeof health>;

export const toolDetail = z.object({
  id: z.string(),
  title: z.string(),
  /** `embedded`: inside the runner. `external`: a program the person has. */
  kind: z.enum(['embedded', 'external']),
  available: z.boolean(),
  version: z.string().nullable(),
  /** Why it is not available. */
  reason: z.string().nullable(),
  /** A command that installs it. */
  install_hint: z.string().nullable(),
});
export type ToolDetail = z.infer<typeof toolDetail>;

export const tools = z.object({
  available: z.array(z.string()),
  default: z.array(z.string()).default([]),
  versions: z.record(z.string(), z.string()).default({}),
  details: z.array(toolDetail).optional(),
});
export type Tools = z.infer<typeof tools>;

/** `path`: the folder whose own programs count too, where the service may start them. */
export const toolsQuery = z.object({ path: z.string().min(1).max(4096).optional() });

/** A list given as CSV in a form field. */
const csv = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** Text fields of a submission (multipart/form-data). Exactly one of `github_url`, `path` and the part `file` must be there. */
export const submitFields = z.object({
  github_url: z.string().min(1).max(2000).optional(),
  path: z.string().min(1).max(4096).optional(),
  ref: z.string().min(1).max(250).optional(),
  commit: z
    .string()
    .regex(/^[0-9a-f]{7,64}$/i)
    .optional(),
  include: csv.optional(),
  exclude: csv.optional(),
  analyzers: csv.optional(),
  labels: csv.optional(),
  /** Seconds the job may run. */
  timeout_sec: z.coerce.number().int().min(1).max(86_400).optional(),
});
export type SubmitFields = z.infer<typeof submitFields>;

export const submitAnswer = z.object({
  job_id: z.string().min(1),
  status: z.string(),
  summary: summary.nullable().optional(),
});
export type SubmitAnswer = z.infer<typeof submitAnswer>;

export const cancelAnswer = z.object({ job_id: z.string(), status: z.string() });

export const jobList = z.object({
  jobs: z.array(job),
  total: z.number().int(),
  limit: z.number().int(),
  /** Where a page was asked for: its number, and the jobs once more, by the name that other dashboards read. */
  page: z.number().int().optional(),
  items: z.array(job).optional(),
});
export type JobList = z.infer<typeof jobList>;

export const jobListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  page: z.coerce.number().int().min(1).optional(),
  /** `partial`: completed with gaps, and `interrupted`: failed since its runner died, as other dashboards call them. */
  status: z.union([jobStatus, z.enum(['partial', 'interrupted'])]).optional(),
});

/** What a rerun may say; `latest`: the newest commit of the ref instead of the one that was asked for. */
export const rerunFields = z.object({ latest: z.boolean().optional() });

/** `GET /auth/status` */
export const authStatus = z.object({ required: z.boolean(), authenticated: z.boolean() });

/** `GET /capabilities`, as dashboards of other makes read it. */
export const capabilities = z.object({
  ready: z.boolean(),
  worker_online: z.boolean(),
  auth_required: z.boolean(),
  private_github: z.boolean(),
  /** Bytes. */
  max_upload_size: z.number().int(),
  analyzers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      display_name: z.string(),
      available: z.boolean(),
      version: z.string().nullable(),
      reason: z.string().nullable(),
      languages: z.array(z.string()),
    }),
  ),
  /** Language models: this service has none. */
  providers: z.record(
    z.string(),
    z.object({ available: z.boolean(), configured: z.boolean(), models: z.array(z.string()) }),
  ),
  languages: z.array(z.string()),
});
export type Capabilities = z.infer<typeof capabilities>;

/** `GET /dashboard/stats`, as dashboards of other makes read it. */
export const dashboardStats = z.object({
  total_scans: z.number().int(),
  ai_enhanced_reports: z.number().int(),
  active_jobs: z.number().int(),
  severity_distribution: summary,
  recent_scans: z.array(
    z.object({
      job_id: z.string(),
      generated_at: z.string(),
      total_issues: z.number().int(),
      has_ai_analysis: z.boolean(),
    }),
  ),
});
export type DashboardStats = z.infer<typeof dashboardStats>;

export const reportFormat = z.enum(['json', 'sarif', 'html', 'md']);
export type ReportFormat = z.infer<typeof reportFormat>;

export const reportSummary = z.object({ job_id: z.string(), summary });

/** An RFC 3339 time, or a date, which means its midnight in UTC. */
const moment = z.union([z.iso.datetime({ offset: true, local: true }), z.iso.date()]);

export const reportListQuery = z.object({
  page: z.coerce.number().int().min(1).default(1),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  severity: severity.optional(),
  tool: z.string().optional(),
  repo: z.string().optional(),
  since: moment.optional(),
  until: moment.optional(),
  label: z.string().optional(),
});

export const reportListItem = z.object({
  job_id: z.string(),
  generated_at: z.string(),
  repo: z.string().nullable(),
  /** The same, by the name that other dashboards read. */
  repo_url: z.string().nullable(),
  tools: z.array(z.string()),
  labels: z.array(z.string()),
  summary,
});
export type ReportListItem = z.infer<typeof reportListItem>;
export const reportList = z.object({
  items: z.array(reportListItem),
  page: z.number().int(),
  limit: z.number().int(),
  total: z.number().int(),
});

export const analyzerConfig = z.object({
  /** Analyzers of a scan that names none. */
  defaults: z.array(z.string()),
  /** Rule sets an analyzer takes beside its own, by analyzer id. */
  rulesets: z.record(z.string(), z.array(z.string())),
  /** Hosts (`git.example.com`) or URLs (`https://github.com/owner/`) that repositories may be cloned from; empty: any. */
  allow_list: z.array(z.string()),
});
export type AnalyzerConfig = z.infer<typeof analyzerConfig>;
export const analyzerConfigPatch = z.strictObject(analyzerConfig.partial().shape);

export const webhookRegistration = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  secret: z.string().min(16).max(256),
  events: z.array(z.literal('report.created')).default(['report.created']),
});
export const webhookAnswer = z.object({ id: z.string(), url: z.string(), events: z.array(z.string()) });
