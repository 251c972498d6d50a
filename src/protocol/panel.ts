import * as z from 'zod';
import { logEvent, logLevel } from './events';
import { percent } from './job';
import { severity, summary } from './report';
import { shownGap } from './shownGap';

/** What the Scan Progress panel and the extension host say to each other. Both sides parse what they get. */

export const stepState = z.enum(['pending', 'running', 'completed', 'failed', 'skipped']);
export type StepState = z.infer<typeof stepState>;

/** The panel's own words, in the user's language; the extension host hands them in with the page. */
export const panelTexts = z.object({
  title: z.string(),
  scanProgress: z.string(),
  /** Over the gaps. */
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
  /** `{0}` of the lines are shown, of `{1}`. */
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

/** Everything the panel shows but the log. */
export const panelModel = z.object({
  jobId: z.string(),
  label: z.string(),
  status: z.enum(['queued', 'running', 'completed', 'failed', 'canceled', 'expired']),
  percent,
  /** The current phase, or how the job ended, in plain words. */
  current: z.string(),
  /** The job's error as a sentence; empty unless it failed. */
  error: z.string(),
  /** What the scan did not look at. */
  gaps: z.array(shownGap),
  steps: z.array(panelStep),
  analyzers: z.array(panelAnalyzer),
  counts: summary.nullable(),
  /** How long the job took, or the time that is left, as text; may be empty. */
  time: z.string(),
  /** Milliseconds that the job runs in this window; null when it has ended or was started elsewhere. */
  elapsedMs: z.number().nonnegative().nullable(),
  canRerun: z.boolean(),
});
export type PanelModel = z.infer<typeof panelModel>;

export const toPanel = z.discriminatedUnion('type', [
  z.object({ type: z.literal('model'), model: panelModel }),
  /** `reset`: these are all the lines there are; else they come behind those before. */
  z.object({ type: z.literal('log'), reset: z.boolean(), lines: z.array(logEvent) }),
  /** A scan has ended, well or not: to be heard. */
  z.object({ type: z.literal('chime'), well: z.boolean() }),
  /** The job is not known in this window (any more). */
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

/** What VS Code keeps of a panel over a reload of the window. */
export const panelState = z.object({ jobId: z.string() });
