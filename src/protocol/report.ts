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

/** Whether the issue is suppressed, so that it does not count. */
export function isSuppressed({ suppression }: Pick<Issue, 'suppression'>): boolean {
  return suppression?.state === 'accepted';
}

/** A path below the source's root: relative, '/'-separated, without '..'. */
export const relativePath = z
  .string()
  .min(1)
  .refine((path) => !/^([/\\]|[A-Za-z]:)/.test(path) && !path.split(/[/\\]/).includes('..') && !path.includes('\0'), {
    message: 'not a path inside the source',
  });

const position = z.number().int().positive();

/**
 * A place in a file as editors count: line and column from 1, the column in UTF-16 units, not counting a byte order mark.
 * Lines end at \n, \r\n or \r. The whole contract counts this way: issues, steps of a flow, edits of a fix.
 */
export const filePosition = z.object({ line: position, column: position });
export type FilePosition = z.infer<typeof filePosition>;

/** Replaces the text from `start` up to `end`, which is one past the last character, by `text`; in the issue's file unless it names another. */
export const fixEdit = z
  .object({ file: relativePath.optional(), start: filePosition, end: filePosition, text: z.string() })
  .refine(({ start, end }) => end.line > start.line || (end.line === start.line && end.column >= start.column), {
    message: 'ends before it begins',
  });
export type FixEdit = z.infer<typeof fixEdit>;

/**
 * Brings a lockfile up to date with its manifest, after a fix has changed that. People may run it in a terminal, so it is a single command
 * of plain words, without anything special to a shell.
 */
export const refresh = z.object({
  command: z
    .string()
    .regex(/^(?:\.\/)?[a-z][\w-]*(?: [\w@+=:,./~-]+){1,12}$/)
    .max(300),
  /** Where to run it, relative to the source's root; empty: the root. */
  folder: z.union([z.literal(''), relativePath]),
});
export type Refresh = z.infer<typeof refresh>;

/** A fix that a person can apply with one key. All edits refer to the files as they were scanned. */
export const fix = z.object({
  /** What it does, in a few words: "Pass the values as parameters". */
  title: z.string().optional(),
  edits: z.array(fixEdit).min(1),
  /** Whether correct code keeps its behavior. */
  safe: z.boolean().optional(),
  /** What to run afterwards. */
  refresh: refresh.optional().catch(undefined),
});
export type Fix = z.infer<typeof fix>;

export const flowRole = z.enum(['source', 'propagator', 'sanitizer', 'sink']);
export type FlowRole = z.infer<typeof flowRole>;

/** One step of a flow from a source to a sink. */
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

/** Why a finding is suppressed, or proposed to be. */
export const suppression = z.object({
  /** Where it is recorded: `inSource` or `external` (SARIF), or the kind of its entry in the baseline. */
  kind: z.string(),
  reason: z.string().nullable().default(null),
  by: z.string().nullable().default(null),
  /** An RFC 3339 time or date. */
  expires: z.string().nullable().default(null),
  /** Only an accepted suppression removes the finding from the counts. */
  state: z.enum(['accepted', 'underReview', 'rejected']).default('accepted'),
  /** Where that is written: a path below the root, or of the configuration that was given, and the line there. */
  origin: z.enum(['comment', 'config', 'baseline']).optional().catch(undefined),
  /** Where that is written: a path below the root, or of the configuration that was given, and the line there. */
  file: z.string().optional(),
  line: z.number().int().positive().optional().catch(undefined),
});
export type Suppression = z.infer<typeof suppression>;

export const issue = z.object({
  /** Id of the analyzer that found it; the most informative one if several did. */
  tool: z.string(),
  /** Class of the defect, for example `security` or `secret`. */
  type: z.string(),
  /** Its title in two to six words: "SQL injection". People read it first; if it is missing, `titleOf` derives one. */
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
  /** Stable when lines move. */
  fingerprint: z.string().optional(),
  /** Its former fingerprints, from when other rules found it: a baseline may still name it by one of these. */
  former_fingerprints: z.array(z.string()).optional(),
  fix: fix.optional(),
  /** From source to sink, ending at the issue itself. */
  flow: z.array(flowStep).optional(),
  suppression: suppression.optional(),
  /** The line of code, trimmed and shortened, with secrets masked. */
  snippet: z.string().optional(),
  /** Other ids of the advisory, for a vulnerable dependency. */
  aliases: z.array(z.string()).optional(),
  /** The package as it is installed, for a vulnerable dependency; `ecosystem` as OSV names it ("PyPI"). */
  package: z.object({ ecosystem: z.string().optional(), name: z.string(), version: z.string() }).optional(),
  /** Other analyzers that found the same issue. */
  also_found_by: z.array(z.string()).optional(),
  /** For a finding in git's history: the commit that introduced it, whose version of the file has it at `line`, and its author date. */
  committed: z
    .object({
      commit: z.string(),
      date: z.string(),
      /** The last commit that removed it. */
      removed_in: z.string().optional(),
    })
    .optional()
    .catch(undefined),
});
/** One finding. */
export type Issue = z.infer<typeof issue>;

/** A finding as an analyzer reports it. Merging adds the fingerprint and combines duplicates. */
export const foundIssue = issue.omit({ fingerprint: true, former_fingerprints: true, also_found_by: true });
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

/** Something that the scan was asked to cover and did not. The runner's kinds are {@link gapKinds}; third-party services may send others. */
export const gap = z.object({
  kind: z.string(),
  /** The analyzer whose work is incomplete; null for the scan itself. */
  analyzer: z.string().nullable().default(null),
  /** One sentence for the user. */
  reason: z.string(),
  /** The number of affected files; 0 if unknown. */
  files: count.default(0),
  /** Some of those files. */
  examples: z.array(z.string()).default([]),
});
export type Gap = z.infer<typeof gap>;

/** The kinds of gaps that the runner reports. */
export const gapKinds = [
  /** A requested engine failed, is not installed, or cannot run here. */
  'analyzer_failed',
  'analyzer_unavailable',
  /** An engine timed out before it had read everything. */
  'timed_out',
  /** Files that could not be read or parsed, were too complex, or exceed a limit. */
  'unreadable',
  'unparsed',
  'unfinished',
  'over_limit',
  /** A nested repository that was left out, or a source that could be read only in part. */
  'nested_repository',
  'partial_source',
  /** Dependencies that were not looked up; lockfiles that could not be read. */
  'lookup_failed',
  'unread_lockfile',
  /** Rules that an engine did not apply. */
  'rules_ignored',
  /** Parts of an imported report that could not be read. */
  'unread_report',
  /** Findings left out because there are too many. */
  'findings_left_out',
  /** A part of this installation is missing or damaged. */
  'damaged_installation',
  /** Parts of a service's report that the client could not read. */
  'unread_report',
  /** Part of the folder's configuration, baseline or custom rules could not be read. */
  'unread_policy',
] as const;
export type GapKind = (typeof gapKinds)[number];

/** A problem in a policy file: a part that could not be read, or that has no effect. */
export const policyProblem = z.object({
  file: z.string(),
  line: z.number().int().positive(),
  level: z.enum(['error', 'warning']),
  message: z.string(),
  /** Which file, if not the configuration or the baseline. */
  about: z.literal('rules').optional().catch(undefined),
});
export type PolicyProblem = z.infer<typeof policyProblem>;

/** The effect of the team's decisions in `.codeagent/`. */
export const reportPolicy = z.object({
  /** False if they were ignored: no configuration, baseline or comment was applied. */
  applied: z.boolean(),
  /** The configuration that was applied. */
  config: z.string().nullable().default(null),
  /** The configuration's `failOn` and `strict`, for deciding about a build. */
  fail_on: z
    .enum([...severities, 'never'])
    .optional()
    .catch(undefined),
  strict: z.boolean().optional().catch(undefined),
  problems: z.array(policyProblem).default([]),
});
export type ReportPolicy = z.infer<typeof reportPolicy>;

/** Whether everything was scanned, and if not, what was left out. */
export const coverage = z.object({ complete: z.boolean(), gaps: z.array(gap) });
export type Coverage = z.infer<typeof coverage>;

export const reportMeta = z.object({
  /** Analyzers that completed. */
  tools: z.array(z.string()),
  repo: reportRepo,
  generated_at: z.string(),
  duration_ms: z.number().nonnegative(),
  labels: z.array(z.string()).default([]),
  analyzers: z.array(reportAnalyzer).optional(),
  files_scanned: count.optional(),
  /** Files left out of the inventory, counted by reason: `{ignored: 12, too_large: 1}`. */
  files_skipped: z.record(z.string(), count).optional(),
  coverage: coverage.optional(),
  /** Findings rated lower because of the purpose of their files: tests, examples, documentation, translations. */
  lowered: z.array(z.object({ purpose: z.string(), findings: count, examples: z.array(z.string()) })).optional(),
  policy: reportPolicy.optional(),
  /** Old findings are left out: those of this commit, which `ref` named. */
  since: z.object({ ref: z.string(), commit: z.string(), known: count }).optional(),
  /** Git's history was searched instead of the files: this many commits and file versions. `still_there`: keys that the files still contain. */
  history: z
    .object({ range: z.string().nullable(), commits: count, versions: count, still_there: count })
    .optional()
    .catch(undefined),
  /** In an imported report: the tools' descriptions of their rules, as Markdown, by tool and rule. */
  rule_help: z.record(z.string(), z.record(z.string(), z.string())).optional().catch(undefined),
  /** Of an imported report: SHA-256 of files as they were scanned, in hex, by path; of those that fixes of it edit, as far as it has them. */
  file_hashes: z.record(z.string(), z.string()).optional().catch(undefined),
  /** True for a canceled job, which has only the findings up to then. */
  partial: z.boolean().optional(),
});
export type ReportMeta = z.infer<typeof reportMeta>;

export const report = z.object({
  job_id: z.string(),
  meta: reportMeta,
  summary,
  files: z.array(z.object({ path: relativePath, issues: z.array(issue) })),
});
/** The findings of a scan, by file. */
export type Report = z.infer<typeof report>;
