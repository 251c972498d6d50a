import * as z from 'zod';
import { percent, phaseName } from './job';
import { issue, summary } from './report';

export const logLevel = z.enum(['debug', 'info', 'warning', 'error']);
export type LogLevel = z.infer<typeof logLevel>;

/** `event: log` */
export const logEvent = z.object({
  ts: z.string(),
  level: logLevel.catch('info'),
  analyzer: z.string().nullable().default(null),
  message: z.string(),
});
export type LogEvent = z.infer<typeof logEvent>;

/** `event: findings`. `restart`: the scan has begun again, and finds again what came before this. */
export const findingsEvent = z.object({ issues: z.array(issue), restart: z.boolean().optional() });
export type FindingsEvent = z.infer<typeof findingsEvent>;

/** `event: progress`, from services that follow the published spec. `phase` may lack its prefix (`semgrep`). */
export const progressEvent = z.object({ phase: phaseName, percent });

/** `event: finished`, from services that follow the published spec. */
export const finishedEvent = z.object({
  job_id: z.string().optional(),
  status: z.string(),
  summary: summary.nullable().optional(),
  error: z.string().nullable().optional(),
});
