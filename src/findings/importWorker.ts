// Runs in a thread started by importFile: reads a file and sends its findings piece by piece.
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { errorMessage } from '../base/errors';
import { writeFileAtomic } from '../base/files';
import { isSuppressed, severities, summarize, type Issue, type Report } from '../protocol';
import { Gaps, metaWithGaps } from './coverage';
import { FileText } from '../base/fileText';
import { importTask, type FromThread, type ImportTask, type Piece } from './importFile';
import { importSarifValue } from './importSarif';
import { isReport, readReport, unreadReport } from './readReport';
import { parseJson } from './readSarif';

/** Largest file, in bytes: JavaScript strings have a maximum length. */
const maxBytes = 400_000_000;
/** Largest source file that is read to resolve offsets, in bytes. */
const maxCodeBytes = 16_000_000;
/** Findings in one message. */
const pieceSize = 100;

interface Read {
  readonly report: Report;
  readonly folder?: string;
  readonly settled: number;
}

async function read({ file, folders, id }: ImportTask): Promise<Read> {
  const stats = statSync(file);
  if (!stats.isFile()) throw new Error('it is not a file');
  if (stats.size > maxBytes)
    throw new Error(`it is too large: ${Math.ceil(stats.size / 1e6)} MB, and the limit is ${maxBytes / 1e6} MB`);
  if (stats.size === 0) throw new Error('it is empty');
  const value = parseJson(new FileText(readFileSync(file)).text);
  const now = new Date().toISOString();
  const fallback = id ?? 'imported';
  if (isReport(value)) {
    const report = await readReport(unreadReport.parse(value), fallback);
    const [folder] = folders;
    return {
      report: id === undefined ? report : { ...report, job_id: id },
      ...(folder !== undefined && { folder }),
      settled: 0,
    };
  }
  const into = (folder: string | undefined) => {
    let hits = 0;
    const exists = (path: string) => {
      const found = folder !== undefined && isFile(join(folder, path));
      if (found) hits += 1;
      return found;
    };
    const code = (path: string) => (folder === undefined ? undefined : codeOf(folder, path));
    const imported = importSarifValue(value, { id: fallback, folder, exists, read: code, now });
    return { ...imported, ...(folder !== undefined && { folder }), hits };
  };
  const [first, ...others] = folders;
  return others.map(into).reduce((best, one) => (one.hits > best.hits ? one : best), into(first));
}

/** Limits a report to its worst findings; the rest is a gap. */
function limited(report: Report, limit = Infinity): Report {
  const all = report.files.flatMap(({ issues }) => issues);
  if (all.length <= limit) return report;
  const rank = (issue: Issue) => (isSuppressed(issue) ? severities.length : severities.indexOf(issue.severity));
  const kept = new Set(all.sort((a, b) => rank(a) - rank(b)).slice(0, limit));
  const files = report.files.map(({ path, issues }) => ({ path, issues: issues.filter((issue) => kept.has(issue)) }));
  const gaps = new Gaps();
  const reason = `Only the worst ${limit} of ${all.length} findings are shown in the window. "codeagent convert" outputs all of them.`;
  gaps.add('findings_left_out', null, reason);
  return {
    ...report,
    meta: metaWithGaps(report.meta, gaps.coverage.gaps),
    summary: summarize(kept),
    files: files.filter(({ issues }) => issues.length > 0),
  };
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false; // A name that is invalid in this file system is not a file.
  }
}

/** The content of a source file; undefined if it cannot be read, is too large, or a link leads out of the folder. */
function codeOf(folder: string, path: string): Uint8Array | undefined {
  try {
    const root = realpathSync(folder);
    const file = realpathSync(join(root, path));
    const inside = file.startsWith(root.endsWith(sep) ? root : root + sep);
    const stats = statSync(file);
    return inside && stats.isFile() && stats.size <= maxCodeBytes ? readFileSync(file) : undefined;
  } catch {
    return undefined;
  }
}

function* messages({ report, folder, settled }: Read): Generator<FromThread> {
  const { files, ...head } = report;
  yield { type: 'head', report: head, ...(folder !== undefined && { folder }), settled };
  let pieces: Piece[] = [];
  let size = 0;
  for (const { path, issues } of files) {
    for (let from = 0; from < issues.length; from += pieceSize) {
      const part = issues.slice(from, from + pieceSize);
      pieces.push({ path, issues: part });
      size += part.length;
      if (size < pieceSize) continue;
      yield { type: 'files', files: pieces };
      pieces = [];
      size = 0;
    }
  }
  if (pieces.length > 0) yield { type: 'files', files: pieces };
  yield { type: 'end' };
}

async function prepared(): Promise<Iterator<FromThread>> {
  try {
    const task = importTask.parse(workerData);
    const all = await read(task);
    const done = { ...all, report: limited(all.report, task.limit) };
    if (task.keep !== undefined) await writeFileAtomic(task.keep, JSON.stringify(done.report));
    return messages(done);
  } catch (error) {
    const failed: FromThread = { type: 'failed', message: errorMessage(error) };
    return [failed].values();
  }
}

const started = prepared();
parentPort?.on('message', () => {
  void started.then((all) => {
    const next = all.next();
    if (next.done !== true) parentPort?.postMessage(next.value);
  });
});
