import * as z from 'zod';

/** Severities, worst first. */
export const severities = ['critical', 'high', 'medium', 'low'] as const;
export const severity = z.enum(severities);
export type Severity = z.infer<typeof severity>;

export const confidence = z.enum(['high', 'medium', 'low']);
export type Confidence = z.infer<typeof confidence>;

const count = z.number().int().nonnegative();

/** How many issues of each severity. */
export const summary = z.object({ critical: count, high: count, medium: count, low: count });
export type Summary = z.infer<typeof summary>;

/** Counts the open issues by severity. */
export function summarize(issues: Iterable<Pick<Issue, 'severity' | 'suppression'>>): Summary {
  const counts: Summary = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const issue of issues) if (!isSuppressed(issue)) counts[issue.severity] += 1;
  return counts;
}

/** Whether somebody has decided that an issue does not count. */
export function isSuppressed({ suppression }: Pick<Issue, 'suppression'>): boolean {
  return suppression?.state === 'accepted';
}

/** A path below the source's root: '/'-separated, relative, and never leaving it. */
export const relativePath = z
  .string()
  .min(1)
  .refine((path) => !/^([/\\]|[A-Za-z]:)/.test(path) && !path.split(/[/\\]/).includes('..') && !path.includes('\0'), {
    message: 'not a path inside the source',
  });

const position = z.number().int().positive();

/**
 * A place in a file as an editor counts: line and column from 1, the column in UTF-16 units, a byte order mark not counted. Lines end at \n, \r\n or \r. It is
 * the way in which all of the contract counts: issues, steps of a flow, edits of a fix.
 */
export const filePosition = z.object({ line: position, column: position });
export type FilePosition = z.infer<typeof filePosition>;

/** Replaces what stands from `start` up to `end`, which is one past the last character, by `text`; in the issue's file unless it names another. */
export const fixEdit = z
  .object({ file: relativePath.optional(), start: filePosition, end: filePosition, text: z.string() })
  .refine(({ start, end }) => end.line > start.line || (end.line === start.line && end.column >= start.column), {
    message: 'ends before it begins',
  });
export type FixEdit = z.infer<typeof fixEdit>;

/** What a person can apply with one key. All edits count in the files as they were scanned. */
export const fix = z.object({
  /** What it does, in a few words: "Pass the values as parameters". */
  title: z.string().optional(),
  edits: z.array(fixEdit).min(1),
  /** Whether the behavior of correct code stays as it is. */
  safe: z.boolean().optional(),
});
export type Fix = z.infer<typeof fix>;

export const flowRole = z.enum(['source', 'propagator', 'sanitizer', 'sink']);
export type FlowRole = z.infer<typeof flowRole>;

/** One step of data on its way from a source to a sink. */
export const flowStep = z.object({
  file: relativePath,
  line: position,
  column: position.optional(),
  end_line: position.optional(),
  end_column: position.optional(),
  /** What happens to the data there. */
  message: z.string().optional(),
  role: flowRole,
});
export type FlowStep = z.infer<typeof flowStep>;

/** Why a finding does not count, or somebody thinks that it should not. */
export const suppression = z.object({
  /** Where that was said: `inSource` or `external` (SARIF), or what the baseline says of it. */
  kind: z.string(),
  reason: z.string().nullable().default(null),
  by: z.string().nullable().default(null),
  /** An RFC 3339 time or date. */
  expires: z.string().nullable().default(null),
  /** Only an accepted suppression takes the finding out of the counts. */
  state: z.enum(['accepted', 'underReview', 'rejected']).default('accepted'),
});
export type Suppression = z.infer<typeof suppression>;

export const issue = z.object({
  /** Id of the analyzer that found it; of the most telling one where several did. */
  tool: z.string(),
  /** Class of the defect, for example `security` or `secret`. */
  type: z.string(),
  /** What it is in two to six words: "SQL injection". It is what people read first; where it is missing, `titleOf` makes one. */
  title: z.string().optional(),
  message: z.string(),
  severity,
  file: relativePath,
  /** Lines and columns count from 1; columns in UTF-16 units; `end_column` is one past the last. */
  line: position,
  rule_id: z.string(),
  suggestion: z.string().nullable().default(null),
  column: position.optional(),
  end_line: position.optional(),
  end_column: position.optional(),
  cwe: z.array(z.string()).optional(),
  owasp: z.array(z.string()).optional(),
  confidence: confidence.optional(),
  help_url: z.string().optional(),
  /** Stays the same when lines move. */
  fingerprint: z.string().optional(),
  fix: fix.optional(),
  /** From the source to the sink, the issue's own place last. */
  flow: z.array(flowStep).optional(),
  suppression: suppression.optional(),
  /** The line of code, trimmed and cut; a secret in it is masked. */
  snippet: z.string().optional(),
  /** Of a vulnerable dependency: other ids by which databases know the advisory. */
  aliases: z.array(z.string()).optional(),
  /** Other analyzers that found the same defect. */
  also_found_by: z.array(z.string()).optional(),
});
/** One finding. */
export type Issue = z.infer<typeof issue>;

/** A finding as an analyzer reports it; merging adds the fingerprint and joins duplicates. */
export const foundIssue = issue.omit({ fingerprint: true, also_found_by: true });
export type FoundIssue = z.infer<typeof foundIssue>;

export const reportAnalyzer = z.object({
  id: z.string(),
  version: z.string().nullable().default(null),
  status: z.enum(['completed', 'failed', 'skipped', 'canceled']),
  reason: z.string().nullable().default(null),
  findings: count,
  duration_ms: z.number().nonnegative(),
});
export type ReportAnalyzer = z.infer<typeof reportAnalyzer>;

export const reportRepo = z.object({
  source: z.enum(['path', 'git', 'zip', 'github']),
  url: z.string().nullable().default(null),
  ref: z.string().nullable().default(null),
  commit: z.string().nullable().default(null),
});

/**
 * What the scan did not look at although it was asked to. Of the runner the kinds are {@link gapKinds}; a service of another make may send others.
 */
export const gap = z.object({
  kind: z.string(),
  /** The analyzer whose work is incomplete; null: the scan itself. */
  analyzer: z.string().nullable().default(null),
  /** One sentence that a person understands. */
  reason: z.string(),
  /** How many files it is about; 0 when that is not known. */
  files: count.default(0),
  /** Some of those files. */
  examples: z.array(z.string()).default([]),
});
export type Gap = z.infer<typeof gap>;

/** The kinds of gaps that the runner reports. */
export const gapKinds = [
  /** An engine failed, is not installed, or cannot run here although it was asked for. */
  'analyzer_failed',
  'analyzer_unavailable',
  /** An engine's time ran out before it had read everything. */
  'timed_out',
  /** Files that could not be read, whose text could not be parsed, that were too much work, or that are over a limit. */
  'unreadable',
  'unparsed',
  'unfinished',
  'over_limit',
  /** A repository inside the scanned one that was left out, or a source of which only a part could be read. */
  'nested_repository',
  'partial_source',
  /** Dependencies that were not looked up; a lockfile that could not be read. */
  'lookup_failed',
  'unread_lockfile',
  /** Rules that an engine did not apply. */
  'rules_ignored',
  /** Parts of an imported report that could not be read. */
  'unread_report',
  /** Findings left out since there are too many. */
  'findings_left_out',
  /** A part of this installation is missing or damaged. */
  'damaged_installation',
  /** Parts of a service's report that the client cannot read. */
  'unread_report',
] as const;
export type GapKind = (typeof gapKinds)[number];

/** What a scan looked at, and what it did not. */
export const coverage = z.object({ complete: z.boolean(), gaps: z.array(gap) });
export type Coverage = z.infer<typeof coverage>;

export const reportMeta = z.object({
  /** Analyzers that ran to their end. */
  tools: z.array(z.string()),
  repo: reportRepo,
  generated_at: z.string(),
  duration_ms: z.number().nonnegative(),
  labels: z.array(z.string()).default([]),
  analyzers: z.array(reportAnalyzer).optional(),
  files_scanned: count.optional(),
  /** Files the inventory left out, counted by reason, for example `{ignored: 12, too_large: 1}`. */
  files_skipped: z.record(z.string(), count).optional(),
  coverage: coverage.optional(),
  /** Findings that are rated lower for what their files are: tests, examples, documentation, translations. */
  lowered: z.array(z.object({ purpose: z.string(), findings: count, examples: z.array(z.string()) })).optional(),
  /** True when the job was canceled: the findings are those that had come by then. */
  partial: z.boolean().optional(),
});
export type ReportMeta = z.infer<typeof reportMeta>;

export const report = z.object({
  job_id: z.string(),
  meta: reportMeta,
  summary,
  files: z.array(z.object({ path: relativePath, issues: z.array(issue) })),
});
/** What a scan found, by file. */
export type Report = z.infer<typeof report>;
