import * as z from 'zod';
import { flowRole, severity } from './report';

/** The messages between the Finding Detail view and the extension host. Both sides parse what they receive. */

/** The texts of the webview in the user's language; the extension host passes them in with the page. */
export const detailTexts = z.object({
  title: z.string(),
  /** What to do while nothing is selected. */
  empty: z.string(),
  flow: z.string(),
  previousStep: z.string(),
  nextStep: z.string(),
  /** Which step is current: `{0}` of `{1}`. */
  stepOf: z.string(),
  fix: z.string(),
  apply: z.string(),
  /** Names for screen readers. */
  added: z.string(),
  removed: z.string(),
  suggestion: z.string(),
  example: z.string(),
  bad: z.string(),
  good: z.string(),
  help: z.string(),
  links: z.string(),
  /** Which of the findings on its line it is: `{0}` of `{1}`. */
  hereOf: z.string(),
  previousHere: z.string(),
  nextHere: z.string(),
  decide: z.string(),
  reason: z.string(),
  /** How long to suppress, in days; empty: forever. */
  expires: z.string(),
  expiry: z.array(z.object({ days: z.number().int().positive().nullable(), text: z.string() })),
  baseline: z.string(),
  ignoreHere: z.string(),
  ignoreInFile: z.string(),
  ignoreInFolder: z.string(),
  ignoreRule: z.string(),
  turnOffRule: z.string(),
  restore: z.string(),
  explainDecision: z.string(),
  explain: z.string(),
  copy: z.string(),
});
export type DetailTexts = z.infer<typeof detailTexts>;

const index = z.number().int().nonnegative();

const shownStep = z.object({
  role: flowRole,
  roleText: z.string(),
  /** `src/a.py:12`; says if the line is no longer there. */
  place: z.string(),
  message: z.string(),
  /** The line of code; empty if unknown. */
  code: z.string(),
});
export type ShownStep = z.infer<typeof shownStep>;

const diffRow = z.object({
  kind: z.enum(['same', 'removed', 'added']),
  text: z.string(),
});

const shownFix = z.object({
  title: z.string(),
  files: z.array(z.object({ path: z.string(), rows: z.array(diffRow) })),
  /** Whether it can be applied; otherwise `note` says why not. */
  canApply: z.boolean(),
  note: z.string(),
});
export type ShownFix = z.infer<typeof shownFix>;

const httpUrl = z.url({ protocol: /^https?$/ });

/** A piece of a tool's Markdown. */
const helpBlock = z.object({
  kind: z.enum(['heading', 'text', 'item', 'code']),
  /** Its text, in parts: plain, code, or a link. */
  parts: z.array(z.object({ text: z.string(), code: z.boolean().optional(), url: httpUrl.optional() })),
});
export type HelpBlock = z.infer<typeof helpBlock>;

/** A finding as the view shows it: all text is plain and truncated. */
export const detailModel = z.object({
  /** Changes when another finding is shown. */
  id: z.string(),
  title: z.string(),
  severity,
  /** Severity, confidence, rule, analyzers. */
  facts: z.array(z.string()),
  /** `src/a.py:12` */
  place: z.string(),
  /** Whether its code is open in this window. */
  canOpen: z.boolean(),
  /** Which of the findings on its line it is, from 0; null if it is the only one. */
  here: z.object({ index, count: z.number().int().positive() }).nullable(),
  /** What to know first: changed since the scan, no longer found, ignored. */
  notes: z.array(z.string()),
  message: z.string(),
  snippet: z.string(),
  flow: z.array(shownStep),
  /** Says how many steps are left out, and which may be at other lines now; empty if none is. */
  flowNote: z.string(),
  fix: shownFix.nullable(),
  suggestion: z.string(),
  bad: z.string(),
  good: z.string(),
  /** Its tool's description of the rule. */
  help: z.array(helpBlock),
  /** Weaknesses and pages on the web. */
  links: z.array(z.object({ text: z.string(), url: httpUrl })),
  can: z.object({
    baseline: z.boolean(),
    ignoreHere: z.boolean(),
    /** In the workspace, in its file, and for the team. */
    ignoreRule: z.boolean(),
    ignoreInFolder: z.boolean(),
    restore: z.boolean(),
    explainDecision: z.boolean(),
  }),
});
export type DetailModel = z.infer<typeof detailModel>;

export const toDetail = z.discriminatedUnion('type', [
  /** The finding to show; null: none. */
  z.object({ type: z.literal('model'), model: detailModel.nullable() }),
  /** The current step of the flow; null: none. */
  z.object({ type: z.literal('step'), index: index.nullable() }),
]);
export type ToDetail = z.infer<typeof toDetail>;

const detailAction = z.enum([
  'ready',
  'open',
  'nextStep',
  'previousStep',
  'nextHere',
  'previousHere',
  'apply',
  'ignoreHere',
  'ignoreInFile',
  'ignoreInFolder',
  'ignoreRule',
  'turnOffRule',
  'restore',
  'explainDecision',
  'explain',
  'copy',
]);

export const fromDetail = z.discriminatedUnion('type', [
  z.object({ type: detailAction }),
  z.object({ type: z.literal('step'), index }),
  z.object({
    type: z.literal('baseline'),
    reason: z.string().max(2000),
    /** After how many days it expires; null: never. */
    days: z.number().int().positive().max(36_500).nullable(),
  }),
]);
export type FromDetail = z.infer<typeof fromDetail>;

/** State that the view keeps while it is hidden and across a window reload. */
export const detailState = z.object({
  id: z.string(),
  /** The reason typed so far. */
  reason: z.string().catch(''),
  /** The days chosen so far; empty: never. */
  days: z.string().catch(''),
  /** Scroll position, in pixels. */
  top: z.number().catch(0),
});
export type DetailState = z.infer<typeof detailState>;
