import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { gapKinds, foundIssue } from '../../protocol';
import { errorMessage } from '../../base/errors';
import { writeFileAtomic } from '../../base/files';
import { readJson } from '../../base/jsonFile';

/** How long unused findings are kept, in ms. */
const maxAge = 30 * 24 * 60 * 60_000;
/** How precisely that is tracked, in ms, so that a scan without changes writes nothing. */
const day = 24 * 60 * 60_000;
/** Source files of one scanned folder. */
const maxEntries = 50_000;
/** Characters of one cache file. */
const maxLength = 48_000_000;
/** Cache files and their total bytes. A scanned folder has one for each analyzer. */
const maxFiles = 150;
const maxBytes = 200_000_000;

const entry = z.object({
  stamp: z.string(),
  read: z.number(),
  hash: z.string(),
  used: z.number(),
  issues: z.array(foundIssue),
  /** Identifies the state of all files that depend on each other, if this is one of them. */
  others: z.string().optional(),
  /** What was not scanned in the file; see `AnalyzerRun.gap`. */
  gaps: z.array(z.object({ kind: z.enum(gapKinds), reason: z.string() })),
});
const kept = z.object({ engine: z.string(), entries: z.record(z.string(), z.unknown()) });

/** The findings in one file, and the state of the file. */
export type CachedEntry = z.infer<typeof entry>;

/** One analyzer's findings in one folder, in a file on disk. Runners may share it: the last one to write wins, which costs only time. */
export class CachedFindings {
  #changed = false;
  /** The entries that have been parsed. */
  readonly #parsed = new Map<string, CachedEntry | undefined>();

  private constructor(
    private readonly path: string,
    private readonly engine: string,
    private readonly entries: Map<string, unknown>,
  ) {}

  /**
   * Opens a cache. It is empty if the file cannot be read or is from another engine.
   * @param engine version of the engine, its rules and our code
   */
  static async open(path: string, engine: string): Promise<CachedFindings> {
    const read = await readJson(path, kept, { maxBytes: 4 * maxLength }).catch(() => ({ is: 'missing' as const }));
    const entries = read.is === 'read' && read.value.engine === engine ? Object.entries(read.value.entries) : [];
    return new CachedFindings(path, engine, new Map(entries));
  }

  /** The entry for a path, whatever state the file was in. */
  get(path: string): CachedEntry | undefined {
    if (this.#parsed.has(path)) return this.#parsed.get(path);
    const found = entry.safeParse(this.entries.get(path)).data;
    // An issue in another file means that the cache was tampered with.
    const own = found?.issues.every(({ file }) => file === path) ? found : undefined;
    this.#parsed.set(path, own);
    return own;
  }

  /** Stores an entry, or marks it as used. */
  set(path: string, value: Omit<CachedEntry, 'used'>): void {
    const used = { ...value, used: Date.now() };
    this.entries.set(path, used);
    this.#parsed.set(path, used);
    this.#changed = true;
  }

  /** Extends the life of an entry. */
  touch(path: string, value: CachedEntry): void {
    if (Math.abs(Date.now() - value.used) > day) this.set(path, value);
  }

  /** Writes new entries and removes old ones. @param warn called if that fails, which only makes the next scan slower */
  async save(warn: (text: string) => void): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const oldest = Date.now() - maxAge;
    const young = [...this.entries.keys()].flatMap((path) => {
      const data = this.get(path);
      return data && data.used >= oldest ? [[path, data] as const] : [];
    });
    if (young.length > maxEntries) young.sort(([, a], [, b]) => b.used - a.used).length = maxEntries;
    const text = JSON.stringify({ engine: this.engine, entries: Object.fromEntries(young) });
    const folder = dirname(this.path);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      if (text.length <= maxLength) await writeFileAtomic(this.path, text);
      await sweep(folder);
    } catch (error) {
      warn(`The findings could not be cached: ${errorMessage(error)}`);
    }
  }
}

/** Removes the oldest files until the cache is within its limits, including what a killed writer left behind. */
async function sweep(folder: string): Promise<void> {
  const names = await readdir(folder);
  const files: { path: string; size: number; written: number }[] = [];
  for (const name of names) {
    const path = join(folder, name);
    // Gone if another runner is also sweeping.
    const stats = await stat(path).catch(() => undefined);
    if (stats) files.push({ path, size: stats.size, written: stats.mtimeMs });
  }
  files.sort((a, b) => b.written - a.written);
  let bytes = 0;
  for (const [index, file] of files.entries()) {
    bytes += file.size;
    const old = Date.now() - file.written > maxAge;
    if (old || index >= maxFiles || bytes > maxBytes) await rm(file.path, { force: true });
  }
}
