import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { relativePath, summarize, type Issue, type Report, type ReportAnalyzer } from '../protocol';
import { maskIssue } from './secrets/maskIssue';
import { readSarifLog, type SarifFinding, type SarifRun } from './readSarif';

/** The file under which findings stand that name none: of a package, a function, a whole program. */
export const noFile = '(no file)';

export interface ImportPlace {
  /** The id of the report. */
  readonly id: string;
  /** The folder that the code is in, as an absolute path; undefined when it is nowhere here. */
  readonly folder: string | undefined;
  /** Whether a path below the folder is a file. Asked once a path. */
  readonly exists: (path: string) => boolean;
  /** When it is imported, as an RFC 3339 time. */
  readonly now: string;
}

export interface Imported {
  readonly report: Report;
  /** Results that are no findings: they passed, were suppressed, or are gone. */
  readonly settled: number;
  /** Results that could not be read. */
  readonly unreadable: number;
}

/**
 * Makes a report of any tool's SARIF 2.1.
 * @throws Error with a sentence when it is not SARIF 2.1
 */
export function importSarif(content: string, place: ImportPlace): Imported {
  const { runs, meta } = readSarifLog(content);
  const placer = new Placer(place);
  const files = new Map<string, Issue[]>();
  for (const { tool, found } of runs) {
    for (const finding of found) {
      const issue = maskIssue(issueOf(tool, finding, placer), undefined);
      const list = files.get(issue.file);
      if (list) list.push(issue);
      else files.set(issue.file, [issue]);
    }
  }
  const sum = (of: (run: SarifRun) => number) => runs.reduce((total, run) => total + of(run), 0);
  const analyzers = runs.map(analyzerOf);
  return {
    settled: sum((run) => run.settled),
    unreadable: sum((run) => run.unreadable),
    report: {
      job_id: place.id,
      summary: summarize([...files.values()].flat()),
      meta: meta ?? {
        tools: [...new Set(runs.map((run) => run.tool))],
        repo: { source: 'path', url: place.folder ?? null, ref: null, commit: null },
        generated_at: place.now,
        duration_ms: 0,
        labels: [],
        analyzers,
      },
      files: [...files]
        .sort(([a], [b]) => compare(a, b))
        .map(([path, issues]) => ({ path, issues: withFingerprints(issues.sort(byPosition)) })),
    },
  };
}

function analyzerOf({ tool, version, successful, reason, found }: SarifRun): ReportAnalyzer {
  const status = successful ? 'completed' : 'failed';
  return { id: tool, version, status, reason, findings: found.length, duration_ms: 0 };
}

function issueOf(tool: string, { file, logical, issue, ours }: SarifFinding, placer: Placer): Issue {
  if (file === undefined) {
    const message = logical === undefined ? issue.message : `${logical}: ${issue.message}`;
    return { ...issue, tool, file: noFile, message };
  }
  // A path of ours is as it was found, however odd.
  const path = ours && relativePath.safeParse(file).success ? file : placer.pathOf(file);
  return { ...issue, tool, file: path };
}

/** Brings paths of any machine below the folder that is open here. */
class Placer {
  readonly #known = new Map<string, string>();
  readonly #root: string | undefined;

  constructor(private readonly place: ImportPlace) {
    this.#root = place.folder === undefined ? undefined : slashes(place.folder).replace(/\/$/, '');
  }

  /** The path below the folder; one that is not there, as its tool named it but without a root. */
  pathOf(file: string): string {
    const known = this.#known.get(file);
    if (known !== undefined) return known;
    const path = this.#find(posix.normalize(slashes(file)));
    this.#known.set(file, path);
    return path;
  }

  #find(file: string): string {
    const root = this.#root;
    if (root !== undefined && file.startsWith(`${root}/`)) return valid(file.slice(root.length + 1));
    const isRelative = !/^(\/|[a-z]:|\.\.(\/|$))/i.test(file);
    if (isRelative && this.place.exists(file)) return valid(file);
    // The tool ran elsewhere: as much of the path's end as there is a file for.
    const parts = file
      .replace(/^([a-z]:|\.\.\/)+/i, '')
      .split('/')
      .filter((part) => part !== '' && part !== '..');
    for (let from = isRelative ? 1 : 0; root !== undefined && from < parts.length; from += 1) {
      const end = parts.slice(from).join('/');
      if (this.place.exists(end)) return valid(end);
    }
    return valid(isRelative ? file : parts.join('/'));
  }
}

function valid(path: string): string {
  const plain = path.replaceAll('\0', '\ufffd');
  return relativePath.safeParse(plain).success ? plain : noFile;
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/');
}

/** Findings that came without one get a fingerprint of their own, which does not change when lines move: the baseline needs it. */
function withFingerprints(issues: readonly Issue[]): Issue[] {
  const seen = new Map<string, number>();
  return issues.map((issue) => {
    if (issue.fingerprint !== undefined) return issue;
    const key = [issue.tool, issue.rule_id, issue.file, issue.snippet?.trim() ?? issue.message].join('\0');
    const nth = seen.get(key) ?? 0;
    seen.set(key, nth + 1);
    return { ...issue, fingerprint: createHash('sha256').update(`${key}\0${nth}`).digest('hex').slice(0, 32) };
  });
}

function byPosition(a: Issue, b: Issue): number {
  return (
    a.line - b.line || (a.column ?? 0) - (b.column ?? 0) || compare(a.rule_id, b.rule_id) || compare(a.tool, b.tool)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
