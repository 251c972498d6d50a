import * as z from 'zod';
import { job, jobStatus } from './job';
import { gap, issue, policyProblem, relativePath, severity, summary } from './report';

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

/** Whether a service can take jobs now; with 503, the names of the servers that it needs and cannot use. */
export const ready = z.object({ status: z.enum(['ready', 'unavailable']), unreachable: z.array(z.string()) });
export type Ready = z.infer<typeof ready>;

/** `before`: the id of the last entry of the page before. */
export const auditQuery = z.object({
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
  before: z.coerce.number().int().min(1).optional(),
});

/** Who did what, newest first. */
export const auditList = z.object({
  entries: z.array(
    z.object({
      /** Grows with time. */
      id: z.number().int(),
      at: z.string(),
      /** The name of the token. */
      by: z.string().nullable(),
      action: z.string(),
      target: z.string(),
      request_id: z.string().nullable(),
    }),
  ),
});
export type AuditList = z.infer<typeof auditList>;

export const toolDetail = z.object({
  id: z.string(),
  title: z.string(),
  /** `embedded`: built into the runner. `external`: a program that the user has installed. */
  kind: z.enum(['embedded', 'external']),
  available: z.boolean(),
  version: z.string().nullable(),
  /** Why it is unavailable. */
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

/** `path`: a folder whose own programs count too, if the service may start them. */
export const toolsQuery = z.object({ path: z.string().min(1).max(4096).optional() });

/** A comma-separated list in a form field. */
const csv = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** Text fields of a submission (multipart/form-data). Exactly one of `github_url`, `path` and the part `file` is required. */
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
  /** `none`: ignores all decisions in `.codeagent/` and in comments. */
  policy: z.literal('none').optional(),
  /** The text of a configuration to use instead of the source's own, and its name in messages. */
  config: z.string().optional(),
  /** Whether the folder is temporary, so that nothing of it is cached for the next scan. */
  temporary: z.literal('true').optional(),
  /** Absolute path of the folder whose custom rules and models apply, if these files were copied from another folder. */
  rules_of: z.string().min(1).max(4096).optional(),
  config_file: z.string().min(1).max(4096).optional(),
  /** A project from `POST /projects`; only with `file`. */
  project_id: z.string().min(1).max(64).optional(),
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

/**
 * `POST /check`: files of a folder that were just saved. They are looked at without a job, by the embedded analyzers that read each file on its own, with the
 * other files whose findings come from these.
 */
export const checkFields = z.object({
  /** Absolute path of the folder. */
  path: z.string().min(1).max(4096),
  /** Paths below it. */
  files: z.array(relativePath).min(1).max(1000),
  /** Takes the time to look at all files that may lead into these, which a quick answer may leave out. */
  thorough: z.boolean().default(false),
  /** Looks up the dependencies in these lockfiles and manifests instead, and in all others of their ecosystems, as a scan does. */
  dependencies: z.boolean().default(false),
  /** Only prepares for these files, which are being edited; the answer is empty. */
  prepare: z.boolean().default(false),
  /** The folder only contains these files: code that is not saved yet. All of them are read, even if a scan would skip some. */
  alone: z.boolean().default(false),
  /** Absolute path of the folder whose `.codeagent/` applies, if it is another one: the folder that the unsaved code belongs to. */
  policy_of: z.string().min(1).max(4096).optional(),
  /** Analyzers that the user has turned off. */
  off: z.array(z.string()).max(200).default([]),
  /** As in a submission. */
  policy: z.literal('none').optional(),
});

export const checkAnswer = z.object({
  /** Those of the files that a scan would read, and others whose findings come from these, with what was found in them. */
  files: z.array(
    z.object({
      path: relativePath,
      issues: z.array(issue),
      /** Whether some files that may lead into it were not looked at: earlier findings that depend on them may still be there. */
      alone: z.boolean().default(false),
    }),
  ),
  /** The files that a scan would skip: deleted, ignored, generated, not text. */
  left_out: z.array(relativePath),
  /** The analyzers that checked all of the files that they read; earlier findings of others are still valid. */
  analyzers: z.array(z.string()),
  /** Those of the files to ask for again with `dependencies`: a lockfile or manifest. */
  dependencies: z.array(relativePath).default([]),
  gaps: z.array(gap),
});
export type CheckAnswer = z.infer<typeof checkAnswer>;

/** `POST /rules/try`: the findings of a custom rule or model that is still being written. */
export const tryFields = z.object({
  /** Absolute path of the folder. */
  path: z.string().min(1).max(4096),
  /** Path of the rule's file: below the folder, or below a rule pack. */
  file: z.string().min(1).max(4096),
  /** At most as long as a request body may be. */
  text: z.string(),
  /** Whether to search the folder, rather than only check the examples. */
  search: z.boolean().default(true),
});

/** An example of a custom rule or model, as its test. */
export const exampleOutcome = z.object({
  /** The rule, or the defect that a model is about. */
  about: z.string(),
  kind: z.enum(['bad', 'good']),
  /** Where it starts in the rule's file. */
  line: z.number().int().positive(),
  /** Distinguishes examples on the same line, which a rule with several languages has. */
  language: z.string(),
  passed: z.boolean(),
  /** Why it failed. */
  message: z.string(),
});
export type ExampleOutcome = z.infer<typeof exampleOutcome>;

export const tryAnswer = z.object({
  problems: z.array(policyProblem),
  files: z.array(z.object({ path: relativePath, issues: z.array(issue) })),
  gaps: z.array(gap),
  examples: z.array(exampleOutcome),
});
export type TryAnswer = z.infer<typeof tryAnswer>;

export const cancelAnswer = z.object({ job_id: z.string(), status: z.string() });

export const jobList = z.object({
  jobs: z.array(job),
  total: z.number().int(),
  limit: z.number().int(),
  /** If a page was requested: its number, and the jobs again under the name that other dashboards read. */
  page: z.number().int().optional(),
  items: z.array(job).optional(),
});
export type JobList = z.infer<typeof jobList>;

export const jobListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  page: z.coerce.number().int().min(1).optional(),
  /** In the terms of other dashboards, `partial` is completed with gaps, `interrupted` is failed because the runner died. */
  status: z.union([jobStatus, z.enum(['partial', 'interrupted'])]).optional(),
  /** Only the jobs of this project. */
  project: z.string().min(1).max(64).optional(),
  /** Only jobs with this text in their source, labels or id; case-insensitive. */
  q: z.string().max(200).optional(),
});

/** Options of a rerun. `latest`: scan the newest commit of the ref instead of the original one. */
export const rerunFields = z.object({ latest: z.boolean().optional() });

/** `GET /auth/status` */
export const authStatus = z.object({ required: z.boolean(), authenticated: z.boolean() });

/** `GET /capabilities`, as third-party dashboards read it. */
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
  /** Language models, of which this service has none. */
  providers: z.record(
    z.string(),
    z.object({ available: z.boolean(), configured: z.boolean(), models: z.array(z.string()) }),
  ),
  languages: z.array(z.string()),
});
export type Capabilities = z.infer<typeof capabilities>;

/** `GET /dashboard/stats`, as third-party dashboards read it. */
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

/** `GET /dashboard/trend`: how many days up to today, in UTC; of one project, or of all. */
export const trendQuery = z.object({
  days: z.coerce.number().int().min(1).max(366).default(30),
  project: z.string().min(1).max(64).optional(),
});
export const trend = z.object({
  /** Oldest first. */
  days: z.array(
    z.object({
      /** `2026-11-30` */
      date: z.string(),
      /** The findings at the end of the day: those in the newest completed scan of each project by then. */
      summary,
      /** How many projects had been scanned by then. */
      projects: z.number().int().nonnegative(),
    }),
  ),
});
export type TrendDays = z.infer<typeof trend>;

/** `POST /auth/login`: the token as typed by a user. */
export const loginFields = z.object({ password: z.string().min(1).max(1000) });

/** `GET /config/ai`, as third-party dashboards read it. This service has no language model, so none is named and every budget is 0. */
export const aiConfig = z.object({
  provider: z.string(),
  model: z.string(),
  min_severity: severity,
  max_model_calls: z.number().int(),
  max_total_tokens: z.number().int(),
  timeout_sec: z.number().int(),
  max_findings: z.number().int(),
  max_context_chars: z.number().int(),
  max_output_tokens: z.number().int(),
});
export type AiConfig = z.infer<typeof aiConfig>;

const pageQuery = {
  page: z.coerce.number().int().min(1).default(1),
  limit: z.coerce.number().int().min(1).max(500).default(50),
};
const pageFields = { page: z.number().int(), limit: z.number().int(), total: z.number().int() };

/** Scans that belong together: those of one repository or folder, or uploads under one name. */
export const project = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['git', 'path', 'zip']),
  created_at: z.string(),
  repository: z.string().nullable(),
  /** The newest completed scan; null if there is none. Only in the list. */
  last_scan: z
    .object({ job_id: z.string(), finished_at: z.string(), summary, gaps: z.number().int().nonnegative() })
    .nullable()
    .optional(),
});
export type Project = z.infer<typeof project>;
export const projectListQuery = z.object({
  ...pageQuery,
  /** Only projects with this text in their id, name or repository; case-insensitive. */
  q: z.string().max(200).optional(),
  /** `severity`: those with the worst findings first. */
  sort: z.enum(['created', 'severity']).default('created'),
});
export const projectList = z.object({
  items: z.array(project),
  ...pageFields,
  /** The findings in the latest scans of all projects that match, on all pages. */
  summary: summary.optional(),
});
export type ProjectList = z.infer<typeof projectList>;
export const projectFindingsQuery = z.object(pageQuery);
export const projectFields = z.object({
  name: z.string().trim().min(1).max(120),
  kind: z.literal('zip').default('zip'),
});

/** A user's decision on a finding. It changes no report and no count. */
export const triage = z.object({
  status: z.enum(['open', 'confirmed', 'dismissed']),
  /** Counts the decisions. */
  revision: z.number().int().nonnegative(),
  reason: z.string().optional(),
  category: z.string().optional(),
});
export type Triage = z.infer<typeof triage>;
export const triageFields = z.object({
  status: triage.shape.status,
  expected_revision: z.number().int().min(0).max(1_000_000),
  reason: z.string().max(4000).optional(),
  category: z.enum(['false_positive', 'accepted_risk', 'not_actionable']).optional(),
});
export const findingNote = z.object({ body: z.string(), created_at: z.string() });
export type FindingNote = z.infer<typeof findingNote>;
export const noteFields = z.object({ body: z.string().trim().min(1).max(8000) });

/** A finding as third-party dashboards read it. */
export const dashboardFinding = z.object({
  id: z.string(),
  fingerprint: z.string(),
  tool: z.string(),
  rule_id: z.string(),
  message: z.string(),
  severity,
  file: z.string(),
  line: z.number().int(),
});
export type DashboardFinding = z.infer<typeof dashboardFinding>;
export const projectFinding = dashboardFinding.extend({ triage, notes: z.array(findingNote) });
export const projectFindingList = z.object({ items: z.array(projectFinding), ...pageFields });

/** The default baseline is the previous scan of the same project and ref. The hashes come from `GET /reports/{id}`. */
export const comparisonQuery = z.object({
  baseline_run_id: z.string().optional(),
  baseline_hash: z.string().optional(),
  report_hash: z.string().optional(),
});
/** How the findings have changed since another scan. */
export const comparison = z.object({
  has_baseline: z.boolean(),
  baseline: z.object({ job_id: z.string(), report_hash: z.string() }).nullable(),
  current: z.object({ job_id: z.string(), report_hash: z.string() }),
  /** `incomplete`: the two cannot be fully compared, for the reasons given. */
  status: z.enum(['complete', 'incomplete', 'no_baseline']),
  counts: z.record(z.string(), z.number().int()),
  comparability_reasons: z.array(z.string()),
  items: z.array(
    z.object({
      classification: z.enum(['new', 'existing', 'resolved', 'not_assessed']),
      finding: dashboardFinding.optional(),
      baseline_finding: dashboardFinding.optional(),
      reason: z.string().optional(),
    }),
  ),
});
export type Comparison = z.infer<typeof comparison>;

/** What `GET /reports/{id}` adds to the report for third-party dashboards. */
export const dashboardReport = z.object({
  report_hash: z.string(),
  project_id: z.string().optional(),
  coverage: z.array(
    z.object({
      tool: z.string(),
      status: z.enum(['completed', 'failed', 'skipped', 'canceled', 'partial']),
      version: z.string().optional(),
      errors: z.array(z.string()),
    }),
  ),
});
export type DashboardReport = z.infer<typeof dashboardReport>;

export const reportFormat = z.enum(['json', 'sarif', 'html', 'md']);
export type ReportFormat = z.infer<typeof reportFormat>;
export const exportQuery = z.object({
  format: z.enum([...reportFormat.options, 'csv']).default('json'),
  report_hash: z.string().optional(),
});

export const reportSummary = z.object({ job_id: z.string(), summary });

/** An RFC 3339 time, or a date, which stands for midnight UTC. */
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
  /** The same, under the name that other dashboards read. */
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
  /** Default analyzers. */
  defaults: z.array(z.string()),
  /** Additional rule sets, by analyzer id. */
  rulesets: z.record(z.string(), z.array(z.string())),
  /** Hosts (`git.example.com`) or URLs (`https://github.com/owner/`) that may be cloned from; empty for any. */
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
