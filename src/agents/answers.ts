import * as z from 'zod';
import { isSafe } from '../findings/applyFixes';
import { gapLine } from '../findings/coverage';
import { rankOfSeverity, worstFirst } from '../findings/order';
import { titleOf } from '../findings/title';
import {
  flowStep,
  gap,
  isSuppressed,
  severity,
  summarize,
  summary,
  type Gap,
  type Issue,
  type Severity,
} from '../protocol';

/** Findings per answer; the cursor gives access to the rest. */
export const pageSize = 50;

/** A finding, as agents see it. */
export const agentFinding = z.object({
  /** Identifies the finding to `fix` and `explain`. */
  fingerprint: z.string().optional(),
  title: z.string(),
  severity,
  file: z.string(),
  line: z.number(),
  end_line: z.number().optional(),
  rule_id: z.string(),
  message: z.string(),
  suggestion: z.string().nullable(),
  cwe: z.array(z.string()),
  flow: z.array(flowStep.pick({ file: true, line: true, role: true, message: true })).optional(),
  fix: z
    .object({
      title: z.string().optional(),
      safe: z
        .boolean()
        .describe('False if it may change what correct code does; it is then applied only with unsafe: true.'),
    })
    .nullable()
    .describe('What the "fix" tool would do; null if there is no fix.'),
});
export type AgentFinding = z.infer<typeof agentFinding>;

/** Findings, worst first, and what was not scanned. */
export const findingsResult = z.object({
  root: z.string().optional().describe('The folder that paths are relative to.'),
  summary: summary.describe('Counts of the open findings.'),
  suppressed: z.number().describe('Number of findings that the team decided to hide.'),
  gaps: z.array(gap).describe('What was not scanned. Having no findings there proves nothing.'),
  findings: z.array(agentFinding),
  more: z.number().describe('Number of findings after these.'),
  cursor: z.string().optional().describe('Pass it to the "findings" tool to get the rest.'),
});
export type FindingsResult = z.infer<typeof findingsResult>;

export const fixResult = z.object({
  written: z.boolean().describe('Whether any file was changed.'),
  fixed: z.array(agentFinding),
  refused: z.array(z.object({ fingerprint: z.string(), why: z.string() })),
  diff: z.string(),
  after: findingsResult.optional().describe('The result of rescanning the changed files.'),
});
export type FixResult = z.infer<typeof fixResult>;

export const dependencyResult = z.object({
  ecosystem: z.string(),
  name: z.string(),
  version: z.string().nullable(),
  vulnerabilities: z.array(
    z.object({
      id: z.string(),
      aliases: z.array(z.string()),
      summary: z.string(),
      severity,
      fixed_in: z.string().nullable(),
      url: z.string(),
    }),
  ),
  safe_version: z.string().nullable().describe('The nearest version without known vulnerabilities, if one is known.'),
});
export type DependencyResult = z.infer<typeof dependencyResult>;

export const explainAnswer = z.object({
  rule_id: z.string(),
  page: z.string().describe('Markdown: what it is, why it matters, a bad and a good example, and links.'),
  finding: agentFinding.optional(),
});
export type ExplainAnswer = z.infer<typeof explainAnswer>;

/** Which findings to include in an answer. */
export interface Filter {
  readonly file?: string | undefined;
  readonly rule?: string | undefined;
  readonly minSeverity?: Severity | undefined;
}

/** Converts a finding to the shape that agents get. */
export function findingOf(issue: Issue): AgentFinding {
  const {
    fingerprint,
    severity: rated,
    file,
    line,
    end_line,
    rule_id,
    message,
    suggestion,
    cwe = [],
    flow,
    fix,
  } = issue;
  return {
    ...(fingerprint !== undefined && { fingerprint }),
    title: titleOf(issue),
    severity: rated,
    file,
    line,
    ...(end_line !== undefined && { end_line }),
    rule_id,
    message,
    suggestion,
    cwe,
    ...(flow && {
      flow: flow.map((step) => ({
        file: step.file,
        line: step.line,
        role: step.role,
        ...(step.message !== undefined && { message: step.message }),
      })),
    }),
    fix: fix ? { ...(fix.title !== undefined && { title: fix.title }), safe: isSafe({ ...issue, fix }) } : null,
  };
}

/** A position in the findings of a scan. */
const cursorSchema = z.object({
  scan: z.string(),
  from: z.number().int().nonnegative(),
  file: z.string().optional(),
  rule: z.string().optional(),
  minSeverity: severity.optional(),
});
type Cursor = z.infer<typeof cursorSchema>;

/** @returns undefined if we did not issue the cursor */
export function readCursor(text: string): Cursor | undefined {
  try {
    return cursorSchema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString())).data;
  } catch {
    return undefined;
  }
}

/**
 * One page of the open findings that pass a filter.
 * @param scan identifies the scan in the cursor; undefined if the rest cannot be requested
 */
export function answerOf(
  given: { readonly issues: readonly Issue[]; readonly gaps: readonly Gap[]; readonly root?: string },
  filter: Filter,
  { scan, from = 0 }: { readonly scan: string | undefined; readonly from?: number },
): FindingsResult {
  const passing = given.issues.filter((issue) => passes(issue, filter));
  const open = passing.filter((issue) => !isSuppressed(issue)).sort(worstFirst);
  const shown = open.slice(from, from + pageSize);
  const more = Math.max(0, open.length - from - shown.length);
  const { file, rule, minSeverity } = filter;
  const next: Cursor | undefined =
    scan === undefined || more === 0
      ? undefined
      : {
          scan,
          from: from + shown.length,
          ...(file !== undefined && { file }),
          ...(rule !== undefined && { rule }),
          ...(minSeverity !== undefined && { minSeverity }),
        };
  return {
    ...(given.root !== undefined && { root: given.root }),
    summary: summarize(open),
    suppressed: passing.length - open.length,
    gaps: [...given.gaps],
    findings: shown.map(findingOf),
    more,
    ...(next && { cursor: Buffer.from(JSON.stringify(next)).toString('base64url') }),
  };
}

function passes(issue: Issue, { file, rule, minSeverity }: Filter): boolean {
  return (
    (file === undefined || issue.file === file || issue.file.startsWith(`${file.replace(/\/$/, '')}/`)) &&
    (rule === undefined || issue.rule_id === rule) &&
    (minSeverity === undefined || rankOfSeverity(issue.severity) <= rankOfSeverity(minSeverity))
  );
}

/** The same as short text, for people reading along and models that ignore structured data. */
export function findingsText({ summary: counts, findings, more, gaps, suppressed }: FindingsResult): string {
  const counted = Object.entries(counts).flatMap(([level, count]) => (count > 0 ? [`${count} ${level}`] : []));
  const hidden = suppressed > 0 ? `${suppressed} suppressed` : undefined;
  return [
    `${counted.join(', ') || (gaps.length > 0 ? 'No open findings in what was scanned' : 'No open findings')}${hidden === undefined ? '' : `; ${hidden}`}.`,
    ...findings.map(lineOf),
    ...(more > 0 ? [`And ${more} more.`] : []),
    ...(gaps.length > 0 ? ['Not everything was scanned:', ...gaps.map(gapLine)] : []),
  ].join('\n');
}

function lineOf({ severity: rated, title, file, line, rule_id, fix }: AgentFinding): string {
  return `${rated} ${file}:${line} ${title} (${rule_id})${fix ? `, has ${fix.safe ? 'a fix' : 'an unsafe fix'}` : ''}`;
}
