import * as z from 'zod';
import { logEvent, logLevel } from './events';
import { percent } from './job';
import { severity, summary } from './report';
import { shownGap } from './shownGap';

/** Messages between the Scan Progress panel and the extension host. Each side parses what it receives. */

export const stepState = z.enum(['pending', 'running', 'completed', 'failed', 'skipped']);
export type StepState = z.infer<typeof stepState>;

/** The panel's texts in the user's language; the extension host passes them with the page. */
export const panelTexts = z.object({
  title: z.string(),
  scanProgress: z.string(),
  /** Heading of the gaps. */
  gaps: z.string(),
  steps: z.string(),
  analyzers: z.string(),
  states: z.record(stepState, z.string()),
  severities: z.record(severity, z.string()),
  cancel: z.string(),
  rerun: z.string(),
  retry: z.string(),
  showFindings: z.string(),
  openReport: z.string(),
  exportReport: z.string(),
  showLog: z.string(),
  gone: z.string(),
  log: z.string(),
  scanLog: z.string(),
  search: z.string(),
  searchLog: z.string(),
  level: z.string(),
  levels: z.record(logLevel, z.string()),
  follow: z.string(),
  copy: z.string(),
  /** `{0}` of `{1}` lines are shown. */
  matches: z.string(),
});
export type PanelTexts = z.infer<typeof panelTexts>;

export const panelStep = z.object({
  title: z.string(),
  state: stepState,
  /** Why it failed, or a count. */
  detail: z.string(),
});

export const panelAnalyzer = z.object({
  id: z.string(),
  state: stepState,
  detail: z.string(),
  percent,
});

/** Everything the panel shows, except the log. */
export const panelModel = z.object({
  jobId: z.string(),
  label: z.string(),
  status: z.enum(['queued', 'running', 'completed', 'failed', 'canceled', 'expired']),
  percent,
  /** The current phase, or how the job ended, in plain text. */
  current: z.string(),
  /** The job's error as a sentence; empty unless it failed. */
  error: z.string(),
  /** What was not scanned. */
  gaps: z.array(shownGap),
  steps: z.array(panelStep),
  analyzers: z.array(panelAnalyzer),
  counts: summary.nullable(),
  /** The job's duration or the time left, as text; may be empty. */
  time: z.string(),
  /** Milliseconds since the job was started in this window; null when it has ended or was started elsewhere. */
  elapsedMs: z.number().nonnegative().nullable(),
  canRerun: z.boolean(),
});
export type PanelModel = z.infer<typeof panelModel>;

export const toPanel = z.discriminatedUnion('type', [
  z.object({ type: z.literal('model'), model: panelModel }),
  /** `reset`: replaces all lines; otherwise they are appended. */
  z.object({ type: z.literal('log'), reset: z.boolean(), lines: z.array(logEvent) }),
  /** A scan has ended, for screen readers to announce. */
  z.object({ type: z.literal('chime'), well: z.boolean() }),
  /** This window does not know the job, or no longer does. */
  z.object({ type: z.literal('gone') }),
]);
export type ToPanel = z.infer<typeof toPanel>;

const panelAction = z.enum(['ready', 'cancel', 'rerun', 'showFindings', 'openReport', 'exportReport', 'showLog']);
export type PanelAction = z.infer<typeof panelAction>;

export const fromPanel = z.discriminatedUnion('type', [
  z.object({ type: panelAction }),
  /** Text for the clipboard. */
  z.object({ type: z.literal('copy'), text: z.string().max(4_000_000) }),
]);
export type FromPanel = z.infer<typeof fromPanel>;

/** State of a panel that VS Code keeps across a window reload. */
export const panelState = z.object({ jobId: z.string() });
export type PanelState = z.infer<typeof panelState>;
