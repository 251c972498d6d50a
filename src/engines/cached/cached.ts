import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileOfAsset } from '../../base/asset';
import { errorMessage } from '../../base/errors';
import { AnalyzerWrapper } from '../engine/analyzerWrapper';
import type { Analyzer, AnalyzerRun } from '../engine/engine';
import { bytesOf, type SourceFile } from '../../sources/sourceFile';
import type { FoundIssue } from '../../protocol';
import type { FileFacts, FileState, Reading } from '../reading/reading';
import { isSettled, type FileStamp } from '../../sources/fileStamp';
import { CachedFindings, type CachedEntry } from './cachedFindings';

/** The share of an analyzer's progress for reading the files and looking them up. */
const readingShare = 0.05;
/** Minimum bytes between two progress reports. */
const readingStep = 500_000;

/** How long a canceled or failed run may take to check which files are unchanged, in ms. */
const afterEnd = 2_000;

type FileGap = CachedEntry['gaps'][number] & { readonly files: readonly string[] };

/** A file to analyze, and its state before that. */
interface Miss {
  readonly file: SourceFile;
  readonly state?: { readonly stamp: FileStamp; readonly facts: FileFacts };
}

/**
 * Caches an analyzer's findings for the next scan, by path, content, and version of the engine, its rules and our code.
 * The path matters because test code is rated differently. Only the user's own folders are cached: a clone or an upload has a new path each time,
 * and its findings belong to its job.
 */
export class Cached extends AnalyzerWrapper {
  #code: Promise<string> | undefined;

  /**
   * @param inner reads each file on its own (scope `file`)
   * @param folder for the cache
   */
  constructor(
    inner: Analyzer,
    private readonly folder: string,
    private readonly reading: Reading,
  ) {
    super(inner);
  }

  async analyze(run: AnalyzerRun): Promise<void> {
    const isKept = run.place.folder !== undefined && run.unkept !== true;
    const engine = !isKept ? undefined : await this.#engine(run);
    if (engine === undefined) {
      await this.inner.analyze(run);
      return;
    }
    const name = createHash('sha256').update(run.root).digest('hex').slice(0, 24);
    const kept = await CachedFindings.open(join(this.folder, `${this.id}-${name}.json`), engine);
    const { misses, issues, gaps, others } = await this.#lookUp(run, kept);
    run.signal.throwIfAborted();
    const hits = run.files.length - misses.length;
    if (issues.length > 0) run.issues(issues);
    for (const { kind, reason, files } of gaps) run.gap(kind, reason, files);
    const hitBytes = bytesOf(run.files) - bytesOf(misses.map(({ file }) => file));
    run.progress(hits, hitBytes);
    if (hits > 0) run.log('info', `${hits} of ${run.files.length} files have not changed since they were last read.`);
    if (misses.length > 0) {
      const missed = misses.map(({ file }) => file);
      const found = new Map<string, FoundIssue[]>(misses.map(({ file }) => [file.path, []]));
      const gapsOf = new Map<string, CachedEntry['gaps']>();
      const rereadFiles = new Set<string>();
      const trouble: string[] = [];
      const searched = new Set<string>();
      const inner: AnalyzerRun = {
        ...run,
        files: missed,
        issues: (list) => {
          for (const issue of list) found.get(issue.file)?.push(issue);
          run.issues(list);
        },
        progress: (done, bytes) => {
          const all = bytesOf(missed);
          const own = readingShare * all + (1 - readingShare) * (bytes ?? bytesOf(missed.slice(0, done)));
          run.progress(hits + done, hitBytes + Math.floor(own));
        },
        gap: (kind, reason, files) => {
          if (files === undefined || files.length === 0) trouble.push(reason);
          for (const file of files ?? [])
            if (kind === 'unreadable') rereadFiles.add(file);
            else gapsOf.set(file, [...(gapsOf.get(file) ?? []), { kind, reason }]);
          run.gap(kind, reason, files);
        },
        log: (level, message) => {
          if (level === 'warning' || level === 'error') trouble.push(message);
          run.log(level, message);
        },
        searched: (files) => {
          for (const { path } of files) searched.add(path);
        },
      };
      const keep = async (isDone: (path: string) => boolean, signal: AbortSignal) => {
        const known = misses.flatMap(({ file, state }) =>
          state && isDone(file.path) && !rereadFiles.has(file.path) ? [{ file, ...state }] : [],
        );
        for (const { file, stamp, facts } of await this.#unchanged(known, { ...run, signal })) {
          const link = this.linkedBy(file.path);
          const entry = entryOf(stamp, facts, found.get(file.path) ?? [], gapsOf.get(file.path) ?? []);
          const state = link === undefined ? undefined : others.get(link);
          if (link === undefined) kept.set(file.path, entry);
          else if (state !== undefined) kept.set(file.path, { ...entry, others: state });
        }
      };
      try {
        await this.inner.analyze(inner);
        run.signal.throwIfAborted();
      } catch (error) {
        // The next scan need not repeat what was done so far.
        await keep((path) => searched.has(path), AbortSignal.timeout(afterEnd));
        await kept.save((text) => run.log('warning', text));
        throw error;
      }
      // Something went wrong, so the next scan must try again and report it again.
      if (trouble.length > 0) return;
      await keep(() => true, run.signal);
    }
    await kept.save((text) => run.log('warning', text));
  }

  override async close(): Promise<void> {
    await super.close();
    await this.reading.close();
  }

  /** The files whose findings can be cached; none if that cannot be determined, which only makes the next scan slower. */
  async #unchanged(states: readonly FileState[], run: AnalyzerRun): Promise<FileState[]> {
    try {
      return await this.reading.unchanged(run.root, states, run.signal);
    } catch (error) {
      run.signal.throwIfAborted(); // The caller that ended the run reports it.
      run.log('info', `The findings were not cached: ${errorMessage(error)}`);
      return [];
    }
  }

  /** Splits the files into cache hits and misses. */
  async #lookUp(
    run: AnalyzerRun,
    kept: CachedFindings,
  ): Promise<{ misses: Miss[]; issues: FoundIssue[]; gaps: FileGap[]; others: ReadonlyMap<string, string> }> {
    const found = new Map<string, Pick<CachedEntry, 'issues' | 'gaps'>>();
    const unknown: (Required<Pick<SourceFile, 'stamp'>> & { readonly file: SourceFile })[] = [];
    for (const file of run.files) {
      if (!file.stamp) continue;
      const entry = kept.get(file.path);
      if (entry?.stamp !== file.stamp.text || !isSettled(file.stamp, entry.read)) {
        unknown.push({ file, stamp: file.stamp });
        continue;
      }
      found.set(file.path, entry);
      kept.touch(file.path, entry);
    }
    // Most of them will have to be analyzed, so start the engine while they are read.
    if (unknown.length > 0) this.inner.prepare?.();
    const states = new Map<SourceFile, Miss['state']>();
    let readBytes = 0;
    let reported = 0;
    const read = await this.reading.of(
      run.root,
      unknown.map(({ file }) => file),
      run.signal,
      ({ size }) => {
        readBytes += size;
        if (readBytes < reported + readingStep) return;
        reported = readBytes;
        run.progress(0, Math.floor(readingShare * readBytes));
      },
    );
    for (const [index, { file, stamp }] of unknown.entries()) {
      const facts = read[index];
      const entry = kept.get(file.path);
      if (typeof facts !== 'object') run.log('info', `${file.path} cannot be read: ${facts ?? 'unknown'}`);
      else if (entry?.hash === facts.hash) {
        found.set(file.path, entry);
        kept.set(file.path, { ...entry, ...entryOf(stamp, facts, entry.issues, entry.gaps) });
      } else states.set(file, { stamp, facts });
    }
    const others = this.#linked(run, kept, found, states);
    const misses = run.files.flatMap((file): Miss[] => {
      if (found.has(file.path)) return [];
      const state = states.get(file);
      return [state ? { file, state } : { file }];
    });
    const gaps = [...found].flatMap(([path, entry]) => entry.gaps.map((gap) => ({ ...gap, files: [path] })));
    return { misses, issues: run.files.flatMap(({ path }) => found.get(path)?.issues ?? []), gaps, others };
  }

  /** Turns files that are linked into misses, unless none of them has changed. @returns what identifies their state, by link, as far as it is known */
  #linked(
    run: AnalyzerRun,
    kept: CachedFindings,
    found: Map<string, unknown>,
    states: Map<SourceFile, Miss['state']>,
  ): ReadonlyMap<string, string> {
    const byLink = new Map<string, SourceFile[]>();
    for (const file of run.files) {
      const link = this.linkedBy(file.path);
      if (link === undefined) continue;
      const linked = byLink.get(link);
      if (linked) linked.push(file);
      else byLink.set(link, [file]);
    }
    const known = new Map<string, string>();
    for (const [link, linked] of byLink) {
      const state = createHash('sha256');
      let isKnown = true;
      for (const file of linked) {
        const hash = found.has(file.path) ? kept.get(file.path)?.hash : states.get(file)?.facts.hash;
        if (hash === undefined) isKnown = false;
        state.update(`${file.path}\0${hash ?? ''}\0`);
      }
      const others = isKnown ? state.digest('base64') : undefined;
      if (others !== undefined) known.set(link, others);
      for (const file of linked) {
        const entry = found.has(file.path) ? kept.get(file.path) : undefined;
        if (!entry || !file.stamp || (others !== undefined && entry.others === others)) continue;
        found.delete(file.path);
        states.set(file, { stamp: file.stamp, facts: { hash: entry.hash, read: entry.read, isPlain: true } });
      }
    }
    return known;
  }

  /** Identifies the engine, rules and code; undefined if that is impossible. */
  async #engine({ signal, place }: AnalyzerRun): Promise<string | undefined> {
    const state = await this.inner.availability(signal, place);
    if (!state.available) return undefined;
    this.#code ??= hashOf([__filename, this.reading.script, ...(this.inner.scripts ?? [])]);
    try {
      const own = place.own === undefined ? '' : ` own ${place.own.version}`;
      return `${this.id} ${state.version} ${await this.#code}${own}`;
    } catch {
      // A part of this installation is missing or being replaced. The analyzer reports that; until then nothing is cached.
      this.#code = undefined;
      return undefined;
    }
  }
}

function entryOf(stamp: FileStamp, { hash, read }: FileFacts, issues: FoundIssue[], gaps: CachedEntry['gaps']) {
  return { stamp: stamp.text, hash, read, issues, gaps };
}

async function hashOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of new Set(files.map(fileOfAsset))) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}
