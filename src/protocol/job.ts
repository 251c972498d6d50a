import * as z from 'zod';
import { summary } from './report';

/** Every status of a job. The last four are terminal. */
export const jobStatus = z.enum(['queued', 'running', 'completed', 'failed', 'canceled', 'expired']);
export type JobStatus = z.infer<typeof jobStatus>;
export type TerminalStatus = Extract<JobStatus, 'completed' | 'failed' | 'canceled' | 'expired'>;

/** Whether a job with this status will never change again. */
export function isTerminal(status: JobStatus): status is TerminalStatus {
  return status !== 'queued' && status !== 'running';
}

export const phaseStatus = z.enum(['pending', 'running', 'completed', 'failed', 'skipped', 'canceled']);
export type PhaseStatus = z.infer<typeof phaseStatus>;

/** `clone`, `analyze:<analyzer id>`, `merge` or `write`. Third-party services may send others, which are shown as they are. */
export const phaseName = z.string().min(1);

/** An RFC 3339 time in UTC. Some services send local times without an offset, so never compare it with the local clock. */
export const timestamp = z.string();

/** Percent, 0 to 100. */
export const percent = z.number().min(0).max(100);

export const jobProgress = z.object({
  /** A phase that makes progress. */
  phase: phaseName,
  percent,
  message: z.string().optional(),
  /** Estimated seconds left; absent without a reliable estimate. */
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
  /** Why the phase failed, was skipped or canceled; for a completed one, what it could not do. */
  reason: z.string().nullable().default(null),
  files_done: z.number().int().nonnegative().optional(),
  files_total: z.number().int().nonnegative().optional(),
});
export type JobPhase = z.infer<typeof jobPhase>;

export const sourceKind = z.enum(['path', 'git', 'zip']);

export const jobSource = z.object({
  kind: sourceKind,
  /** The folder (kind path), the repository's URL without credentials (git) or the upload's file name (zip). */
  url: z.string().nullable().default(null),
  ref: z.string().nullable().default(null),
  commit: z.string().nullable().default(null),
  /** Its display name: a folder or repository name. */
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
  /** Why the job failed, in one sentence; `interrupted` when its runner died. */
  error: z.string().nullable().default(null),
  source: jobSource.optional(),
  labels: z.array(z.string()).optional(),
  phases: z.array(jobPhase).optional(),
  summary: summary.optional(),
  /** The number of gaps in the report's coverage; 0 when everything was scanned. */
  gaps: z.number().int().nonnegative().optional(),
  /** The name of the token that it was submitted with, on a service with named tokens. */
  submitted_by: z.string().nullable().optional(),
});
/** One scan, as the service reports it. Third-party services omit everything after `error`. */
export type Job = z.infer<typeof job>;

/**
 * The phase to show for a running job, the same everywhere: the one that the service names, as long as it runs; otherwise the running phase that
 * started first, or the next one between two phases. If the service lists no phases, the one it names in `progress`, if any.
 */
export function currentPhase({ phases = [], progress }: Pick<Job, 'phases' | 'progress'>): string | undefined {
  const running = phases.filter((one) => one.status === 'running');
  const at = ({ started_at }: JobPhase) => (started_at === null ? Infinity : Date.parse(started_at));
  if (progress && running.some(({ phase }) => phase === progress.phase)) return progress.phase;
  const [first] = running.toSorted((a, b) => (at(a) === at(b) ? 0 : at(a) - at(b)));
  return (first ?? phases.find((one) => one.status === 'pending'))?.phase ?? progress?.phase;
}
