import * as z from 'zod';
import { CodedError } from '../base/errors';
import { titleOf } from '../findings/title';
import { relativePath, severity, type Issue } from '../protocol';
import {
  answerOf,
  dependencyResult,
  explainAnswer,
  findingOf,
  findingsResult,
  findingsText,
  fixResult,
  readCursor,
  type DependencyResult,
  type Filter,
  type FixResult,
} from './answers';
import type { AgentHost, OnProgress, Scanned } from './host';

/** Maximum number of characters of code to analyze. A scan does not read larger files either. */
const maxCode = 1024 * 1024;
const path = z.string().min(1).max(4096);
const minSeverity = severity.optional().describe('Leave out anything less severe.');

/** A tool's answer: structured data that matches its schema, and a summary as text. */
export interface ToolAnswer {
  readonly data: Record<string, unknown>;
  readonly text: string;
}

/** A tool, independent of how it is exposed: over MCP or as a VS Code language model tool. */
export interface AgentTool {
  readonly name: string;
  readonly title: string;
  /** For the model: what it does, and when to call it. */
  readonly description: string;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  /** Whether it can change files. */
  readonly writes: boolean;
  /** Whether it may contact other machines. */
  readonly asksOutside: boolean;
  /** @throws CodedError INVALID_INPUT that says what is wrong with the input */
  readonly check: (input: unknown) => void;
  /**
   * @param input anything
   * @param onProgress receives the percentage done from time to time, for long calls
   * @throws CodedError INVALID_INPUT; an error whose message says what to do
   */
  run(host: AgentHost, input: unknown, signal: AbortSignal, onProgress?: OnProgress): Promise<ToolAnswer>;
}

function tool<Input extends z.ZodObject>(
  given: Omit<AgentTool, 'run' | 'check' | 'input' | 'writes' | 'asksOutside'> & {
    readonly input: Input;
    readonly writes?: boolean;
    readonly asksOutside?: boolean;
    readonly answer: (
      host: AgentHost,
      input: z.output<Input>,
      signal: AbortSignal,
      onProgress: OnProgress,
    ) => Promise<ToolAnswer>;
  },
): AgentTool {
  const { answer, writes = false, asksOutside = false, ...rest } = given;
  const read = (input: unknown): z.output<Input> => {
    const parsed = given.input.safeParse(input ?? {});
    if (parsed.success) return parsed.data;
    const said = parsed.error.issues.map((one) => `${one.path.join('.') || 'input'}: ${one.message}`);
    throw new CodedError('INVALID_INPUT', `Invalid input of ${given.name}: ${said.join('; ')}.`);
  };
  return {
    ...rest,
    writes,
    asksOutside,
    check: (input) => void read(input),
    run: async (host, input, signal, onProgress = () => undefined) => answer(host, read(input), signal, onProgress),
  };
}

/** The tools for AI agents. This is the only list of them. */
export const agentTools: readonly AgentTool[] = [
  tool({
    name: 'scan',
    title: 'Scan for security findings',
    description:
      'Scans a folder or file of the workspace for security vulnerabilities, hard-coded secrets and vulnerable dependencies, and returns the findings, worst ' +
      'first, along with anything that could not be scanned. Call it before you claim that code is secure, and after a larger change with changed: "HEAD".',
    input: z.strictObject({
      path: path.optional().describe('A file or folder, absolute or relative to the root. Defaults to the whole root.'),
      changed: z
        .string()
        .min(1)
        .max(250)
        .optional()
        .describe('Only files that differ from this commit, branch or tag, untracked ones included: "HEAD", "main".'),
      min_severity: minSeverity,
    }),
    output: findingsResult,
    asksOutside: true,
    async answer(host, input, signal, onProgress) {
      const scanned = await host.scan(input.path, input.changed, signal, onProgress);
      return page(scanned, { minSeverity: input.min_severity });
    },
  }),
  tool({
    name: 'check_code',
    title: 'Check code for security findings',
    description:
      'Looks for security vulnerabilities and secrets in code that you are about to write, in milliseconds, without saving it. Call it with the whole file before you ' +
      'propose or write code that handles input, SQL, commands, files, HTML, cryptography or credentials.',
    input: z.strictObject({
      code: z.string().max(maxCode).describe('The text of the whole file.'),
      filename: relativePath
        .max(1024)
        .describe(
          'The path that the file has or will have, relative to the root; it determines the language: "src/app.py".',
        ),
    }),
    output: findingsResult,
    async answer(host, { code, filename }, signal) {
      const { files, left_out, gaps } = await host.check(filename, code, signal);
      const reason = 'A scan skips files with this name or content (not source code, ignored, generated or binary).';
      const missed =
        left_out.length > 0 ? [{ kind: 'over_limit', analyzer: null, reason, files: 1, examples: left_out }] : [];
      const data = answerOf(
        { issues: files.flatMap(({ issues }) => issues), gaps: [...gaps, ...missed] },
        {},
        { scan: undefined },
      );
      return { data, text: findingsText(data) };
    },
  }),
  tool({
    name: 'findings',
    title: 'List the findings of the latest scan',
    description:
      'Lists the findings of the latest scan without scanning again, those of a file, folder or rule, or the rest of an answer by its cursor. Call it when you need more of what ' +
      '"scan" found.',
    input: z.strictObject({
      file: path.optional().describe('A file or folder, absolute or relative to the root.'),
      rule: z.string().min(1).max(300).optional().describe('A rule_id.'),
      min_severity: minSeverity,
      cursor: z.string().min(1).max(4000).optional().describe('From an answer that had more; its filters still apply.'),
    }),
    output: findingsResult,
    async answer(host, { file, rule, min_severity, cursor }) {
      const scanned = await newest(host);
      if (cursor === undefined) {
        const within = file === undefined ? undefined : await host.within(scanned, file);
        return page(scanned, { file: within, rule, minSeverity: min_severity });
      }
      const place = readCursor(cursor);
      if (!place)
        throw new CodedError('INVALID_INPUT', 'This cursor does not come from an answer. Call findings without one.');
      if (place.scan !== scanned.report.job_id)
        throw new CodedError('GONE', 'The cursor belongs to an earlier scan. Call findings without one.');
      return page(scanned, place, place.from);
    },
  }),
  tool({
    name: 'explain',
    title: 'Explain a rule or a finding',
    description:
      'Explains a rule, or a finding of the latest scan with its data flow: what it is, why it matters, a bad and a good example, links. Call it before you fix a finding ' +
      'by hand, or when somebody asks about one.',
    input: z.strictObject({
      rule_id: z.string().min(1).max(300).optional(),
      fingerprint: z.string().min(1).max(300).optional(),
    }),
    output: explainAnswer,
    async answer(host, { rule_id, fingerprint }) {
      if ((rule_id === undefined) === (fingerprint === undefined))
        throw new CodedError('INVALID_INPUT', 'Give either rule_id or fingerprint.');
      const [issue] = fingerprint === undefined ? [] : (await issuesBy(host, [fingerprint])).issues;
      const id = issue?.rule_id ?? rule_id ?? '';
      const shown = (await host.rulePage(id)) ?? pageOf(issue ?? (await newestOf(host, id)));
      if (shown === undefined)
        throw new CodedError(
          'NOT_FOUND',
          `There is no page for rule "${id}", and no finding of it in the latest scan. Call scan first if it is a rule of this folder or of another tool.`,
        );
      const data = { rule_id: id, page: shown, ...(issue && { finding: findingOf(issue) }) };
      const steps = (issue?.flow ?? []).map(
        (step, at) => `${at + 1}. ${step.role} ${step.file}:${step.line} ${step.message ?? ''}`,
      );
      return { data, text: [shown, ...(steps.length > 0 ? ['Data flow:', ...steps] : [])].join('\n') };
    },
  }),
  tool({
    name: 'fix',
    title: 'Fix findings',
    description:
      'Tries fixes for findings of the latest scan on copies, rescans those, and returns a diff of the fixes that work. With dry_run: false it writes them to the files. Call it ' +
      'for findings whose "fix" is not null, first as a dry run, and before you write a fix of your own. Fixes with safe: false may change what correct code does: they need unsafe: true.',
    input: z.strictObject({
      fingerprints: z
        .array(z.string().min(1).max(300))
        .min(1)
        .max(500)
        .describe('Fingerprints of findings in the latest scan.'),
      dry_run: z.boolean().default(true).describe('If true (the default), nothing is written.'),
      unsafe: z
        .boolean()
        .default(false)
        .describe(
          'Whether to apply fixes with safe: false as well; false by default. Review the diff of a dry run first: they may change what correct code does.',
        ),
    }),
    output: fixResult,
    writes: true,
    async answer(host, { fingerprints, dry_run, unsafe }, signal) {
      const { scanned, issues } = await issuesBy(host, fingerprints);
      const data = await host.fix(scanned, issues, { dryRun: dry_run, unsafe }, signal);
      return { data, text: fixText(data) };
    },
  }),
  tool({
    name: 'check_dependency',
    title: 'Check a dependency for known vulnerabilities',
    description:
      'Lists the known vulnerabilities of a package, and the nearest version without any. Call it before you add a dependency or change its version.',
    input: z.strictObject({
      ecosystem: z
        .string()
        .min(1)
        .max(40)
        .describe('npm, PyPI, Go, crates.io, RubyGems, Packagist, Maven, NuGet, Hex or Pub.'),
      name: z
        .string()
        .min(1)
        .max(250)
        .regex(/^[^\s\p{Cc}]+$/u)
        .describe('The name in its registry; for Maven, group:artifact.'),
      version: z
        .string()
        .min(1)
        .max(250)
        .regex(/^[^\s\p{Cc}]+$/u)
        .optional()
        .describe('An exact version; all versions if left out.'),
    }),
    output: dependencyResult,
    asksOutside: true,
    async answer(host, { ecosystem, name, version }, signal) {
      const data = await host.dependency(ecosystem, name, version, signal);
      return { data, text: dependencyText(data) };
    },
  }),
];

function page({ root, report }: Scanned, filter: Filter, from = 0): ToolAnswer {
  const data = answerOf(
    { root, issues: report.files.flatMap(({ issues }) => issues), gaps: report.meta.coverage?.gaps ?? [] },
    filter,
    { scan: report.job_id, from },
  );
  return { data, text: findingsText(data) };
}

/** @throws CodedError NO_SCAN */
async function newest(host: AgentHost): Promise<Scanned> {
  const scanned = await host.newest();
  if (!scanned) throw new CodedError('NO_SCAN', 'There is no scan yet. Call scan first.');
  return scanned;
}

/** @throws CodedError NO_SCAN, or NOT_FOUND that names the unknown fingerprints */
async function issuesBy(
  host: AgentHost,
  fingerprints: readonly string[],
): Promise<{ scanned: Scanned; issues: Issue[] }> {
  const scanned = await newest(host);
  const known = new Map(
    scanned.report.files.flatMap(({ issues }) => issues.map((issue) => [issue.fingerprint, issue] as const)),
  );
  const unknown = fingerprints.filter((one) => !known.has(one));
  if (unknown.length > 0)
    throw new CodedError(
      'NOT_FOUND',
      `No finding of the latest scan has the fingerprint ${listed(unknown)}. Call scan again.`,
    );
  return { scanned, issues: [...new Set(fingerprints)].flatMap((one) => known.get(one) ?? []) };
}

/** A finding of the latest scan with this rule; undefined if there is none, or no scan. */
async function newestOf(host: AgentHost, rule: string): Promise<Issue | undefined> {
  const scanned = await host.newest();
  return scanned?.report.files.flatMap(({ issues }) => issues).find(({ rule_id }) => rule_id === rule);
}

/** Describes a rule without a page, by one of its findings: a rule of this folder or of another tool. */
function pageOf(issue: Issue | undefined): string | undefined {
  return issue && [`# ${titleOf(issue)}`, issue.message, issue.suggestion ?? ''].join('\n\n').trimEnd();
}

/** The first few, and the number of the others. */
function listed(all: readonly string[]): string {
  const shown = all.slice(0, 5).join(', ');
  return all.length > 5 ? `${shown} and ${all.length - 5} more` : shown;
}

function fixText({ written, fixed, refused, diff, after }: FixResult): string {
  const count = `${fixed.length} ${fixed.length === 1 ? 'finding' : 'findings'}`;
  return [
    written ? `Fixed ${count}.` : `Would fix ${count}; nothing was written.`,
    ...refused.map(({ fingerprint, why }) => `Not fixed: ${fingerprint}: ${why}.`),
    ...(diff === '' ? [] : [diff]),
    ...(after ? ['After that:', findingsText(after)] : []),
  ].join('\n');
}

function dependencyText({ name, version, vulnerabilities, safe_version }: DependencyResult): string {
  const what = version === null ? name : `${name} ${version}`;
  if (vulnerabilities.length === 0) return `${what} has no known vulnerabilities.`;
  const lines = vulnerabilities.map(
    ({ id, severity: rated, summary, fixed_in }) =>
      `${rated} ${id}: ${summary}${fixed_in === null ? '' : ` (fixed in ${fixed_in})`}`,
  );
  const safe = safe_version === null ? [] : [`Nearest version without known vulnerabilities: ${safe_version}.`];
  return [`${what} has ${vulnerabilities.length} known vulnerabilities:`, ...lines, ...safe].join('\n');
}
