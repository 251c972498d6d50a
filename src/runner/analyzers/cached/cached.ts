import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { errorCode } from '../../../base/errors';
import type { Analyzer, AnalyzerRun, Availability, FoundIssue, Place, SourceFile } from '../analyzer';
import { inParallel } from '../inParallel';
import { hashFile, isSettled, isUnchanged, type FileHash, type FileHashes, type FileStamp } from './fileStamp';
import { KeptFindings } from './keptFindings';

/** A file that has to be analyzed, and the state it was in before. */
interface Miss {
  readonly file: SourceFile;
  readonly state?: { readonly stamp: FileStamp; readonly hash: FileHash };
}

/**
 * An analyzer whose findings are kept for the next scan, by path, content, and version of the engine, its rules and our code.
 * The path counts since findings depend on it: a test's file is looked at with other eyes. Only the person's own folders are kept, since a clone or an
 * upload lies in another place each time and its findings go with its job.
 */
export class Cached implements Analyzer {
  readonly id: string;
  readonly title: string;
  readonly kind: Analyzer['kind'];
  readonly scope: Analyzer['scope'];
  #code: Promise<string> | undefined;

  /**
   * @param inner reads each file on its own (scope `file`)
   * @param folder for the cache
   * @param code files whose content is part of the engine's version
   */
  constructor(
    private readonly inner: Analyzer,
    private readonly folder: string,
    private readonly code: readonly string[],
    private readonly hashes: FileHashes,
  ) {
    this.id = inner.id;
    this.title = inner.title;
    this.kind = inner.kind;
    this.scope = inner.scope;
  }

  handles(path: string): boolean {
    return this.inner.handles(path);
  }

  availability(signal: AbortSignal, place: Place): Promise<Availability> {
    return this.inner.availability(signal, place);
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    const engine = run.place.folder === undefined ? undefined : await this.#engine(run);
    if (engine === undefined) {
      await this.inner.analyze(run);
      return;
    }
    const name = createHash('sha256').update(run.root).digest('hex').slice(0, 24);
    const kept = await KeptFindings.open(join(this.folder, `${this.id}-${name}.json`), engine);
    const { misses, issues } = await this.#lookUp(run, kept);
    run.signal.throwIfAborted();
    const hits = run.files.length - misses.length;
    if (issues.length > 0) run.issues(issues);
    run.progress(hits);
    if (hits > 0) run.log('info', `${hits} of ${run.files.length} files have not changed since they were last read.`);
    if (misses.length > 0) {
      const found = new Map<string, FoundIssue[]>(misses.map(({ file }) => [file.path, []]));
      const trouble: string[] = [];
      await this.inner.analyze({
        ...run,
        files: misses.map(({ file }) => file),
        issues: (list) => {
          for (const issue of list) found.get(issue.file)?.push(issue);
          run.issues(list);
        },
        progress: (done) => run.progress(hits + done),
        log: (level, message) => {
          if (level === 'warning' || level === 'error') trouble.push(message);
          run.log(level, message);
        },
      });
      run.signal.throwIfAborted();
      // Something was not as it should be: the next scan looks again, and says so again.
      if (trouble.length > 0) return;
      await inParallel(misses, async ({ file, state }) => {
        if (!state || !(await isUnchanged(run.root, file.path, state.stamp, state.hash))) return;
        kept.set(file.path, { ...state.hash, stamp: state.stamp.text, issues: found.get(file.path) ?? [] });
      });
    }
    await kept.save((text) => run.log('warning', text));
  }

  async close(): Promise<void> {
    await this.inner.close?.();
  }

  /** Splits the files into those whose findings are kept and the others. */
  async #lookUp(run: AnalyzerRun, kept: KeptFindings): Promise<{ misses: Miss[]; issues: FoundIssue[] }> {
    const found = new Map<string, FoundIssue[]>();
    const states = new Map<string, Miss['state']>();
    await inParallel(run.files, async ({ path, stamp }) => {
      if (!stamp || run.signal.aborted) return;
      const entry = kept.get(path);
      if (entry?.stamp === stamp.text && isSettled(stamp, entry.read)) {
        found.set(path, entry.issues);
        kept.touch(path, entry);
        return;
      }
      const hash = await this.hashes.of(run.root, path, stamp).catch((error: unknown) => {
        run.log('info', `${path} cannot be read: ${errorCode(error) ?? 'unknown'}`);
        return undefined;
      });
      if (hash && entry?.hash === hash.hash) {
        found.set(path, entry.issues);
        kept.set(path, { ...hash, stamp: stamp.text, issues: entry.issues });
      } else if (hash) states.set(path, { stamp, hash });
    });
    const misses = run.files.flatMap((file): Miss[] => {
      if (found.has(file.path)) return [];
      const state = states.get(file.path);
      return [state ? { file, state } : { file }];
    });
    return { misses, issues: run.files.flatMap(({ path }) => found.get(path) ?? []) };
  }

  /** Says which engine, rules and code findings are of; undefined when that cannot be told. */
  async #engine({ signal, place }: AnalyzerRun): Promise<string | undefined> {
    const state = await this.inner.availability(signal, place);
    if (!state.available) return undefined;
    try {
      this.#code ??= hashCode(this.code);
      return `${this.id} ${state.version} ${await this.#code}`;
    } catch {
      this.#code = undefined;
      return undefined; // Part of this installation is missing or being replaced: its analyzer tells, and nothing is kept.
    }
  }
}

async function hashCode(files: readonly string[]): Promise<string> {
  const hashes = await Promise.all(files.map((file) => hashFile(file)));
  return createHash('sha256')
    .update(hashes.map(({ hash }) => hash).join())
    .digest('hex')
    .slice(0, 16);
}
