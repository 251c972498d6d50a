import * as z from 'zod';
import {
  coverage,
  flowRole,
  flowStep,
  gap,
  issue,
  relativePath,
  reportAnalyzer,
  reportMeta,
  reportPolicy,
  reportRepo,
  summarize,
  type Coverage,
  type FlowStep,
  type Gap,
  type GapKind,
  type Issue,
  type Report,
  type ReportMeta,
  type Severity,
} from '../protocol';
import { plainCheck } from '../base/plainCheck';
import { Turns } from '../base/turns';
import { Gaps } from './coverage';
import { maskIssue } from './secrets/maskIssue';
import { maskMeta } from './secrets/maskMeta';
import { cwesIn } from './severity';

/** A report as received, of which only the outermost shape has been checked: see {@link readReport}. */
export const unreadReport = z.looseObject({
  files: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]),
});

/** Whether parsed JSON looks like a report of the contract. */
export function isReport(value: unknown): boolean {
  const { data } = unreadReport.safeParse(value);
  return data !== undefined && (data['meta'] !== undefined || data['summary'] !== undefined);
}

/**
 * Reads a report in any dialect, in short turns, masks its secrets and counts its findings again. A malformed field never costs a finding: it is
 * left out, and the coverage
 * says so. A file outside the source is left out with its findings, which the coverage mentions too.
 * @param fallbackId the report's id if it has none
 * @param isOwn whether it is from our own runner, which has already masked its findings; masking again is slow
 */
export async function readReport(
  unread: z.output<typeof unreadReport>,
  fallbackId = '',
  isOwn = false,
): Promise<Report> {
  const unreadParts = new UnreadParts();
  const files: Report['files'] = [];
  const turns = new Turns();
  // Whoever has parsed the report took a turn for it.
  await turns.pause();
  for (const entry of fileEntries(unread.files)) {
    const { path, issues } = readFileEntry(entry);
    for (const unreadIssue of issues) {
      if (turns.isOver) await turns.pause();
      const found = readIssue(unreadIssue, path, unreadParts);
      if (!found) continue;
      const one = isOwn ? found : maskIssue(found, undefined);
      const file = path ?? one.file;
      const last = files.at(-1);
      if (last?.path === file) last.issues.push(one);
      else files.push({ path: file, issues: [one] });
    }
  }
  const id = unread['job_id'];
  const meta = maskMeta(readMeta(unread, unreadParts));
  return {
    job_id: typeof id === 'string' ? id : fallbackId,
    meta,
    summary: summarize(files.flatMap((file) => file.issues)),
    files,
  };
}

/**
 * The readable findings in a stream's frame, with secrets masked. The report's coverage lists the others later. @param isOwn see {@link readReport}
 */
export function readIssues(entries: readonly unknown[], isOwn = false): Issue[] {
  const found = entries.flatMap((entry) => readIssue(entry, undefined, new UnreadParts()) ?? []);
  return isOwn ? found : found.map((one) => maskIssue(one, undefined));
}

/** Collects what could not be read as gaps: one for each reason, with its files. */
class UnreadParts {
  readonly #gaps = new Gaps();

  add(what: string, file?: string): void {
    this.#gaps.add('unread_report', null, `Parts of the report could not be read and were left out: ${what}.`, [
      ...(file === undefined ? [] : [file]),
    ]);
  }

  get gaps(): Gap[] {
    return this.#gaps.coverage.gaps;
  }
}

interface FileEntry {
  /** Undefined if each finding names its own file. */
  readonly path: string | undefined;
  readonly issues: readonly unknown[];
}

/** `[{path, issues}]`, a map from path to issues, or a list of findings. */
function fileEntries(files: z.output<typeof unreadReport>['files']): unknown[] {
  if (Array.isArray(files)) return files;
  return Object.entries(files).map(([path, value]) =>
    Array.isArray(value) ? { path, issues: value } : { path, ...(isRecord(value) ? value : { issues: [value] }) },
  );
}

function readFileEntry(entry: unknown): FileEntry {
  if (!isRecord(entry)) return { path: undefined, issues: [entry] };
  const { path, issues } = entry;
  if (issues === undefined && 'rule_id' in entry) return { path: undefined, issues: [entry] };
  const list = Array.isArray(issues) ? issues : issues === undefined || issues === null ? [] : [issues];
  return { path: readPath(path), issues: list };
}

/** Normalizes a path below the source; undefined if it is not one. */
function readPath(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const path = value.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
  return relativePath.safeParse(path).data;
}

/** Most findings are as the contract has them: checking that takes a tenth of the time of parsing them. */
const isPlainIssue = plainCheck(issue);

/** The optional fields of a finding; each is validated separately. */
const optionalFields = Object.entries(issue.shape).filter(([, field]) => field.safeParse(undefined).success);

const severityWords: Readonly<Record<string, Severity>> = {
  blocker: 'critical',
  fatal: 'critical',
  error: 'high',
  major: 'high',
  warning: 'medium',
  moderate: 'medium',
  minor: 'low',
  note: 'low',
  info: 'low',
  informational: 'low',
};

/** @param path the file that it is listed under */
function readIssue(entry: unknown, path: string | undefined, unread: UnreadParts): Issue | undefined {
  if (isPlainIssue(entry)) return entry;
  const known = issue.safeParse(entry);
  if (known.success) return known.data;
  if (!isRecord(entry)) {
    unread.add('a malformed finding', path);
    return undefined;
  }
  const file = readPath(entry['file']) ?? path;
  if (file === undefined) {
    unread.add('findings outside the scanned folder, or without a file');
    return undefined;
  }
  const text = (field: string, instead: string): string => {
    const value = entry[field];
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number') return String(value);
    unread.add(`the ${field} of a finding`, file);
    return instead;
  };
  const rule_id = text('rule_id', typeof entry['id'] === 'string' ? entry['id'] : 'unknown');
  const found: Record<string, unknown> = {
    tool: text('tool', 'unknown'),
    type: text('type', 'security'),
    message: text('message', typeof entry['title'] === 'string' ? entry['title'] : rule_id),
    severity: readSeverity(entry['severity'], () => unread.add('the severity of a finding', file)),
    file,
    line: readLine(entry['line']) ?? (unread.add('the line of a finding', file), 1),
    rule_id,
  };
  for (const [name, schema] of optionalFields) {
    const value = valueOf(name, entry[name]);
    if (value === undefined || value === null) continue;
    if (name === 'flow') {
      const steps = readFlow(value, file, () => unread.add('steps of a flow', file));
      if (steps.length > 0) found[name] = steps;
      continue;
    }
    const read = schema.safeParse(value);
    if (read.success) found[name] = read.data;
    else unread.add(`the ${name} of a finding`, file);
  }
  return issue.parse(found);
}

function valueOf(name: string, value: unknown): unknown {
  if (name === 'cwe') return cwesOf(value);
  // A title that says nothing counts as missing.
  if (name === 'title') return typeof value === 'string' && value.trim() === '' ? undefined : value;
  return listFields.has(name) ? asList(value) : value;
}

const looseStep = flowStep.extend({
  file: z.unknown().optional(),
  role: z.unknown().optional(),
  // Missing if invalid: a step is identified by its line.
  column: flowStep.shape.column.catch(undefined),
  end_line: flowStep.shape.end_line.catch(undefined),
  end_column: flowStep.shape.end_column.catch(undefined),
  message: flowStep.shape.message.catch(undefined),
});

/** The readable steps of a flow. A step without a file is in the finding's; one without a role gets that of its position. */
function readFlow(value: unknown, file: string, unread: () => void): FlowStep[] {
  const entries = Array.isArray(value) ? value : [value];
  return entries.flatMap((entry, at) => {
    const { data } = looseStep.safeParse(isRecord(entry) ? { ...entry, line: readLine(entry['line']) } : entry);
    const path = data && (data.file === undefined || data.file === null ? file : readPath(data.file));
    if (!data || path === undefined) {
      unread();
      return [];
    }
    const standard = at === entries.length - 1 ? 'sink' : at === 0 ? 'source' : 'propagator';
    const step = { ...data, file: path, role: flowRole.safeParse(data.role).data ?? standard };
    return [flowStep.parse(Object.fromEntries(Object.entries(step).filter(([, part]) => part !== undefined)))];
  });
}

/** Fields that are lists in our format, and a single text in others. */
const listFields = new Set(['owasp', 'aliases', 'also_found_by']);

function asList(value: unknown): unknown {
  if (typeof value === 'string') return value === '' ? undefined : [value];
  return value;
}

/** Other dialects name one weakness, as a string or a number. */
function cwesOf(value: unknown): unknown {
  if (typeof value === 'string') return value === '' ? undefined : cwesIn(value);
  return typeof value === 'number' ? cwesIn(value) : value;
}

function readLine(value: unknown): number | undefined {
  const line = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof line === 'number' && Number.isInteger(line) && line > 0 ? line : undefined;
}

function readSeverity(value: unknown, unread: () => void): Severity {
  const word = typeof value === 'string' ? value.toLowerCase() : '';
  const read =
    issue.shape.severity.safeParse(word).data ?? (Object.hasOwn(severityWords, word) ? severityWords[word] : undefined);
  if (read) return read;
  unread();
  return 'medium';
}

function readMeta(report: z.output<typeof unreadReport>, unread: UnreadParts): ReportMeta {
  const raw = isRecord(report['meta']) ? report['meta'] : {};
  const repo = isRecord(raw['repo']) ? raw['repo'] : {};
  const source = reportRepo.shape.source.safeParse(repo['source']).data ?? 'git';
  const textOf = (value: unknown) => (typeof value === 'string' ? value : null);
  const textsOf = (value: unknown) => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []);
  const duration = raw['duration_ms'];
  const generated = raw['generated_at'];
  const analyzers = z.array(reportAnalyzer).safeParse(raw['analyzers']).data;
  const read = readCoverage(report, raw, unread);
  const scanned = raw['files_scanned'];
  const since = reportMeta.shape.since.safeParse(raw['since']).data;
  const policy = reportPolicy.safeParse(raw['policy']).data;
  const skipped = z.record(z.string(), z.number().int().nonnegative()).safeParse(raw['files_skipped']).data;
  return {
    tools: textsOf(raw['tools']),
    repo: { source, url: textOf(repo['url']), ref: textOf(repo['ref']), commit: textOf(repo['commit']) },
    generated_at: typeof generated === 'string' ? generated : '',
    duration_ms: typeof duration === 'number' && duration >= 0 ? duration : 0,
    labels: textsOf(raw['labels']),
    ...(analyzers && { analyzers }),
    ...(typeof scanned === 'number' && Number.isInteger(scanned) && scanned >= 0 && { files_scanned: scanned }),
    ...(skipped && { files_skipped: skipped }),
    ...(read && { coverage: read }),
    ...(policy && { policy }),
    ...(since && { since }),
    ...(raw['partial'] === true && { partial: true }),
  };
}

/** The coverage in the format of the contract or of 0.2.0, with what could not be read here. Undefined if there is none. */
function readCoverage(
  report: z.output<typeof unreadReport>,
  meta: Readonly<Record<string, unknown>>,
  unread: UnreadParts,
): Coverage | undefined {
  const own = isRecord(meta['coverage']) ? meta['coverage'] : undefined;
  const whole = coverage.safeParse(own).data;
  const listed = Array.isArray(own?.['gaps']) ? own['gaps'].flatMap((one) => gap.safeParse(one).data ?? []) : [];
  // Our own reports contain the same in both forms.
  const gaps = whole ? [...whole.gaps] : [...listed, ...toolGaps(report['coverage'])];
  const incomplete = own?.['complete'] === false || report['status'] === 'partial';
  if (incomplete && gaps.length === 0)
    gaps.push(gapOf('unfinished', null, 'The service reported this scan as incomplete, without a reason.'));
  gaps.push(...unread.gaps);
  if (!own && report['coverage'] === undefined && gaps.length === 0) return undefined;
  return { complete: gaps.length === 0, gaps };
}

function gapOf(kind: GapKind, analyzer: string | null, reason: string): Gap {
  return { kind, analyzer, reason, files: 0, examples: [] };
}

const toolCoverage = z.looseObject({
  tool: z.string().catch('unknown'),
  status: z.string().catch('unknown'),
  errors: z.array(z.unknown()).catch([]),
});

const kindOfStatus: Readonly<Record<string, GapKind>> = {
  failed: 'analyzer_failed',
  error: 'analyzer_failed',
  timeout: 'timed_out',
  timed_out: 'timed_out',
  unavailable: 'analyzer_unavailable',
  missing: 'analyzer_unavailable',
};

/** 0.2.0: `[{tool, status, errors}]`, one entry per analyzer. One without files to read is `skipped`, without errors. */
function toolGaps(value: unknown): Gap[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry) => {
    const { tool, status, errors } = toolCoverage.safeParse(entry).data ?? {
      tool: 'unknown',
      status: 'unknown',
      errors: [],
    };
    const kind = (Object.hasOwn(kindOfStatus, status) ? kindOfStatus[status] : undefined) ?? 'unfinished';
    const reasons = errors.map((error) => (typeof error === 'string' ? error : JSON.stringify(error)));
    const well = status === 'completed' || status === 'skipped' || status === 'ok' || status === 'success';
    if (!well && reasons.length === 0) reasons.push(`${tool} ended with status “${status}”.`);
    return reasons.map((reason) => gapOf(kind, tool, reason));
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
