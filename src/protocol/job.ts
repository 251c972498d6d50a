import * as z from 'zod';
import { summary } from './report';

/** Every state a job can be in. The last four are terminal. */
export const jobStatus = z.enum(['queued', 'running', 'completed', 'failed', 'canceled', 'expired']);
export type JobStatus = z.infer<typeof jobStatus>;
export type TerminalStatus = Extract<JobStatus, 'completed' | 'failed' | 'canceled' | 'expired'>;

/** Whether a job with this status will never change again. */
export function isTerminal(status: JobStatus): status is TerminalStatus {
  return status !== 'queued' && status !== 'running';
}

export const phaseStatus = z.enum(['pending', 'running', 'completed', 'failed', 'skipped', 'canceled']);
export type PhaseStatus = z.infer<typeof phaseStatus>;

/** `clone`, `analyze:<analyzer id>`, `merge` or `write`; a service of another make may send others, shown as they are. */
export const phaseName = z.string().min(1);

/** An RFC 3339 time in UTC. Services in the field also send naive local times: never compare them with one's own clock. */
export const timestamp = z.string();

/** A whole number of percent, 0 to 100. */
export const percent = z.number().min(0).max(100);

export const jobProgress = z.object({
  /** The phase that moved last. */
  phase: phaseName,
  percent,
  message: z.string().optional(),
  /** Seconds that are left, as the service estimates; absent while the estimate is worth nothing. */
  eta_sec: z.number().nonnegative().optional(),
  files_done: z.number().int().nonnegative().optional(),
  files_total: z.number().int().nonnegative().optional(),
});
export type JobProgress = z.infer<typeof jobProgress>;

export const jobPhase = z.object({
  phase: phaseName,
  status: phaseStatus,
  started_at: timestamp.nullable().default(null),
  finished_at: timestamp.nullable().default(null),
  percent: percent.default(0),
  /** Issues found in this phase so far. */
  findings: z.number().int().nonnegative().default(0),
  /** Why the phase failed, was skipped or canceled; of one that completed, what it could not do. */
  reason: z.string().nullable().default(null),
  files_done: z.number().int().nonnegative().optional(),
  files_total: z.number().int().nonnegative().optional(),
});
export type JobPhase = z.infer<typeof jobPhase>;

export const sourceKind = z.enum(['path', 'git', 'zip']);
export type SourceKind = z.infer<typeof sourceKind>;

export const jobSource = z.object({
  kind: sourceKind,
  /** The folder (kind path), the repository's URL without credentials (git) or the upload's file name (zip). */
  url: z.string().nullable().default(null),
  ref: z.string().nullable().default(null),
  commit: z.string().nullable().default(null),
  /** What a person calls it: a folder or repository name. */
  label: z.string().nullable().default(null),
});
export type JobSource = z.infer<typeof jobSource>;

export const job = z.object({
  job_id: z.string().min(1),
  status: jobStatus,
  progress: jobProgress.nullable().default(null),
  submitted_at: timestamp.nullable().default(null),
  started_at: timestamp.nullable().default(null),
  finished_at: timestamp.nullable().default(null),
  /** One sentence on why the job failed; `interrupted` when its runner died. */
  error: z.string().nullable().default(null),
  source: jobSource.optional(),
  labels: z.array(z.string()).optional(),
  phases: z.array(jobPhase).optional(),
  summary: summary.optional(),
  /** How many gaps the report's coverage has; 0 when the scan looked at everything. */
  gaps: z.number().int().nonnegative().optional(),
});
/** One scan as the service tells it. Everything after `error` is missing on services of another make. */
export type Job = z.infer<typeof job>;

/**
 * The phase that a running job is said to be in, the same everywhere: of those under way the one that began first, so that it is named until it is over;
 * between two phases the next. Of a service that tells no phases the one that it names; undefined when it names none.
 */
export function currentPhase({ phases = [], progress }: Pick<Job, 'phases' | 'progress'>): string | undefined {
  const running = phases.filter((one) => one.status === 'running');
  const at = ({ started_at }: JobPhase) => (started_at === null ? Infinity : Date.parse(started_at));
  const [first] = running.toSorted((a, b) => (at(a) === at(b) ? 0 : at(a) - at(b)));
  return (first ?? phases.find((one) => one.status === 'pending'))?.phase ?? progress?.phase;
}
