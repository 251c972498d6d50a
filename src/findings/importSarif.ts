import { createHash } from 'node:crypto';
import { relativePath, summarize, type Issue, type Report, type ReportAnalyzer } from '../protocol';
import { FileText } from '../base/fileText';
import { parseJson, readSarifValue } from './readSarif';
import type { SarifFiles } from './sarifPlaces';
import type { SarifFinding, SarifRun } from './sarifRunReader';
import { metaWithGaps } from './coverage';
import { noFile, Placer } from './sarifPath';
import { RuleHelp } from './sarifHelp';
import { FileSecrets, maskIssue } from './secrets/maskIssue';
import { maskMeta, maskReason } from './secrets/maskMeta';
import { maskSecrets } from './secrets/maskSecrets';
import { snippetOf } from './secrets/snippet';

export interface ImportPlace {
  /** The id of the report. */
  readonly id: string;
  /** The folder that contains the code, as an absolute path; undefined if it is not here. */
  readonly folder: string | undefined;
  /** Whether a path below the folder is a file. Called once per path. */
  readonly exists: (path: string) => boolean;
  /** The content of such a file; undefined if it cannot be read. Called for every file with findings, to mask its secrets. */
  readonly read: (path: string) => Uint8Array | undefined;
  /** The time of the import, in RFC 3339 format. */
  readonly now: string;
}

export interface Imported {
  readonly report: Report;
  /** Results that are not findings: they passed, or are gone. */
  readonly settled: number;
}

/**
 * Converts SARIF 2.1 from any tool to a report. The report's coverage lists what could not be read.
 * @throws Error with a sentence when it is not SARIF 2.1
 */
export function importSarif(content: string, place: ImportPlace): Imported {
  return importSarifValue(parseJson(content), place);
}

/** {@link importSarif} for parsed JSON. */
export function importSarifValue(value: unknown, place: ImportPlace): Imported {
  const code = filesOf(place);
  const { runs, meta, gaps } = readSarifValue(value, code);
  const files = new Map<string, Printed[]>();
  const help = new RuleHelp();
  for (const { tool, found } of runs) {
    for (const finding of found) {
      if (finding.help !== undefined) help.add(tool, finding.issue.rule_id, maskSecrets(finding.help));
      const printed = printedOf(tool, finding);
      const list = files.get(printed.issue.file);
      if (list) list.push(printed);
      else files.set(printed.issue.file, [printed]);
    }
  }
  const read = [...files]
    .sort(([a], [b]) => compare(a, b))
    .map(([path, issues]) => {
      const text = code.textOf(path)?.text;
      const secrets = text === undefined ? undefined : new FileSecrets(text);
      const masked = issues.map(({ issue, prints }) => ({ issue: maskIssue(issue, secrets), prints }));
      const printed = withFingerprints(masked.sort(byPosition));
      return { path, issues: secrets ? printed.map((issue) => withWholeLine(issue, secrets)) : printed };
    });
  const analyzers = analyzersOf(runs);
  const [commit = null, ...others] = new Set(runs.flatMap(({ commits }) => commits));
  const ruleHelp = help.all(gaps);
  const hashes = hashesOf(runs, read);
  return {
    settled: runs.reduce((total, run) => total + run.settled, 0),
    report: {
      job_id: place.id,
      summary: summarize(read.flatMap((file) => file.issues)),
      meta: metaWithGaps(
        (meta && maskMeta(meta)) ?? {
          tools: analyzers.map(({ id }) => id),
          repo: { source: 'path', url: place.folder ?? null, ref: null, commit: others.length === 0 ? commit : null },
          generated_at: place.now,
          duration_ms: 0,
          labels: [],
          analyzers,
          ...(ruleHelp && { rule_help: ruleHelp }),
          ...(hashes && { file_hashes: hashes }),
        },
        // One of our own reports has it all in its `meta`.
        meta ? gaps.coverage.gaps.filter(({ kind }) => kind === 'unread_report') : gaps.coverage.gaps,
      ),
      files: read,
    },
  };
}

/** The hashes of the files that fixes edit; undefined if none is known. */
function hashesOf(runs: readonly SarifRun[], files: Report['files']): Record<string, string> | undefined {
  const known = new Map(runs.flatMap(({ hashes }) => [...hashes]));
  const edited = files.flatMap(({ path, issues }) =>
    issues.flatMap(({ fix }) => (fix ? [path, ...fix.edits.flatMap(({ file }) => file ?? [])] : [])),
  );
  const found = [...new Set(edited)].flatMap((path) => {
    const hash = known.get(path);
    return hash === undefined ? [] : [[path, hash] as const];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

/** A snippet that is a part of its line, as SARIF has it, made the whole line, by which findings are known again. */
function withWholeLine(issue: Issue, secrets: FileSecrets): Issue {
  const line = secrets.lineText(issue.line);
  const part = issue.snippet?.split(/\r\n|\n|\r/);
  const isPart =
    part?.length === 1 && part[0]?.trim() !== '' && line.includes(part[0] ?? '') && part[0]?.trim() !== line.trim();
  return isPart ? { ...issue, snippet: secrets.hide(snippetOf(line, issue.column, secrets.of(issue.line))) } : issue;
}

/** How much of the code to keep for further results, in UTF-16 units. */
const keptText = 32_000_000;

function filesOf({ folder, exists, read }: ImportPlace): SarifFiles {
  const placer = new Placer(folder, exists);
  const texts = new Map<string, FileText | undefined>();
  let kept = 0;
  return {
    placed(file, exact) {
      return exact && relativePath.safeParse(file.name).success ? file.name : placer.placed(file);
    },
    textOf(path) {
      if (texts.has(path)) return texts.get(path);
      const bytes = folder !== undefined && exists(path) ? read(path) : undefined;
      const text = bytes && new FileText(bytes);
      kept += text?.text.length ?? 0;
      for (const [oldest, other] of texts) {
        if (kept <= keptText) break;
        texts.delete(oldest);
        kept -= other?.text.length ?? 0;
      }
      texts.set(path, text);
      return text;
    },
  };
}

/** One analyzer for each tool, which may have several runs. */
function analyzersOf(runs: readonly SarifRun[]): ReportAnalyzer[] {
  const analyzers = new Map<string, ReportAnalyzer>();
  for (const { tool, version, successful, reason, found } of runs) {
    const before = analyzers.get(tool);
    const entry: ReportAnalyzer = {
      id: tool,
      version: before?.version ?? version,
      status: successful && before?.status !== 'failed' ? 'completed' : 'failed',
      reason: before?.reason ?? reason,
      findings: (before?.findings ?? 0) + found.length,
      duration_ms: 0,
    };
    analyzers.set(tool, maskReason(entry));
  }
  return [...analyzers.values()];
}

/** An issue, and the tool's own fingerprints of it. */
interface Printed {
  readonly issue: Issue;
  readonly prints: string;
}

function printedOf(tool: string, { file, logical, issue, prints }: SarifFinding): Printed {
  if (file !== undefined) return { issue: { ...issue, tool, file }, prints };
  const message = logical === undefined ? issue.message : `${logical}: ${issue.message}`;
  return { issue: { ...issue, tool, file: noFile, message }, prints };
}

/** Adds missing fingerprints, which must not change when lines move, for the baseline. */
function withFingerprints(all: readonly Printed[]): Issue[] {
  const seen = new Map<string, number>();
  return all.map(({ issue, prints }) => {
    if (issue.fingerprint !== undefined) return issue;
    const what = prints === '' ? (issue.snippet?.trim() ?? issue.message) : prints;
    const key = [issue.tool, issue.rule_id, issue.file, what].join('\0');
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    return { ...issue, fingerprint: createHash('sha256').update(`${key}\0${nth}`).digest('hex').slice(0, 32) };
  });
}

function byPosition({ issue: a }: Printed, { issue: b }: Printed): number {
  return (
    a.line - b.line || (a.column ?? 0) - (b.column ?? 0) || compare(a.rule_id, b.rule_id) || compare(a.tool, b.tool)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
