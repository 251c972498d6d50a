import * as z from 'zod';
import { severity, summary } from './report';
import { shownGap } from './shownGap';

/** Messages between the report's webview and the extension host. Each side parses what it receives. */

/** The webview's texts in the user's language; the extension host passes them with the page. */
export const reportTexts = z.object({
  title: z.string(),
  loading: z.string(),
  /** Heading of the gaps. */
  gaps: z.string(),
  about: z.string(),
  bySeverity: z.string(),
  severities: z.record(severity, z.string()),
  analyzers: z.string(),
  allAnalyzers: z.string(),
  rules: z.string(),
  allRules: z.string(),
  weaknesses: z.string(),
  allWeaknesses: z.string(),
  /** Shows only the findings in the editor's file. */
  currentFile: z.string(),
  /** Heading of the trend. */
  trend: z.string(),
  thisScan: z.string(),
  byFile: z.string(),
  search: z.string(),
  searchFindings: z.string(),
  searchHint: z.string(),
  /** `{0}` of `{1}` findings are shown. */
  shown: z.string(),
  none: z.string(),
  noneWithGaps: z.string(),
  noMatch: z.string(),
  expandAll: z.string(),
  collapseAll: z.string(),
  /** `{0}` more rows. */
  more: z.string(),
  /** Line `{0}`. */
  line: z.string(),
  /** Open `{0}` at line `{1}`. */
  open: z.string(),
  help: z.string(),
  stale: z.string(),
  showFindings: z.string(),
  exportReport: z.string(),
});
export type ReportTexts = z.infer<typeof reportTexts>;

const shownIssue = z.object({
  /** Its index in the report. */
  index: z.number().int().nonnegative(),
  line: z.number().int().positive(),
  severity,
  analyzer: z.string(),
  rule: z.string(),
  cwe: z.array(z.string()),
  title: z.string(),
  message: z.string(),
  /** Rule, analyzers, weaknesses, confidence. */
  facts: z.array(z.string()),
  suggestion: z.string(),
  snippet: z.string(),
  /** The steps by which data gets there, each on one line. */
  flow: z.array(z.string()),
  /** What the fix does, on one line; empty when there is none. */
  fix: z.string(),
  /** A page on the web; empty when there is none. */
  help: z.string(),
});
export type ShownIssue = z.infer<typeof shownIssue>;

const shownFile = z.object({ path: z.string(), issues: z.array(shownIssue) });
export type ShownFile = z.infer<typeof shownFile>;

/** A report for display: all texts plain, on one or a few lines, and shortened. */
export const reportModel = z.object({
  jobId: z.string(),
  label: z.string(),
  facts: z.array(z.object({ name: z.string(), value: z.string() })),
  /** What was not scanned. */
  gaps: z.array(shownGap),
  summary,
  analyzers: z.array(z.object({ id: z.string(), state: z.string(), detail: z.string() })),
  files: z.array(shownFile),
  /** The newest complete scans of the same source up to this one, oldest first; empty if this is the only one. */
  trend: z.array(z.object({ when: z.string(), found: z.string(), summary, isThis: z.boolean() })),
  /** Whether the code is here and can be opened. */
  canOpen: z.boolean(),
});
export type ReportModel = z.infer<typeof reportModel>;

export const toReport = z.discriminatedUnion('type', [
  z.object({ type: z.literal('model'), model: reportModel }),
  /** Notices about the whole report: partial, out of date, or why there is none. */
  z.object({ type: z.literal('notes'), notes: z.array(z.string()) }),
  /** The path in the report of the file in the editor; empty if there is none. */
  z.object({ type: z.literal('currentFile'), path: z.string() }),
  /** Findings whose line has changed since the scan. */
  z.object({ type: z.literal('stale'), indexes: z.array(z.number().int().nonnegative()) }),
]);
export type ToReport = z.infer<typeof toReport>;

const reportAction = z.enum(['ready', 'showFindings', 'exportReport']);
const place = z.number().int().nonnegative();

export const fromReport = z.discriminatedUnion('type', [
  z.object({ type: reportAction }),
  /** Open the finding in the editor. */
  z.object({ type: z.literal('open'), index: place }),
  /** A file's findings were expanded; names the first one. */
  z.object({ type: z.literal('looked'), index: place }),
]);
export type FromReport = z.infer<typeof fromReport>;

/** State of a report panel that VS Code keeps across a window reload. */
export const reportState = z.object({
  jobId: z.string(),
  text: z.string().catch(''),
  analyzer: z.string().catch(''),
  rule: z.string().catch(''),
  cwe: z.string().catch(''),
  currentFile: z.boolean().catch(false),
  hidden: z.array(severity).catch([]),
  open: z.array(z.string()).catch([]),
});
export type ReportState = z.infer<typeof reportState>;
