import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { gapKinds, foundIssue } from '../../protocol';
import { errorMessage } from '../../base/errors';
import { writeFileAtomic } from '../../base/files';
import { readJson } from '../../base/jsonFile';

/** How long findings are kept that no scan asks for, in ms. */
const maxAge = 30 * 24 * 60 * 60_000;
/** How exactly that is counted, so that a scan that finds nothing new writes nothing. In ms. */
const day = 24 * 60 * 60_000;
/** Source files of one scanned folder. */
const maxEntries = 50_000;
/** Characters of one cache file. */
const maxLength = 48_000_000;
/** Cache files, and their bytes together; a folder that is scanned has one for each analyzer. */
const maxFiles = 150;
const maxBytes = 200_000_000;

const entry = z.object({
  stamp: z.string(),
  read: z.number(),
  hash: z.string(),
  used: z.number(),
  issues: z.array(foundIssue),
  /** What was not looked at in the file; see `AnalyzerRun.gap`. */
  gaps: z.array(z.object({ kind: z.enum(gapKinds), reason: z.string() })),
});
const kept = z.object({ engine: z.string(), entries: z.record(z.string(), z.unknown()) });

/** What was found in one file, with the state that the file was in. */
export type KeptEntry = z.infer<typeof entry>;

/** What one analyzer found in the files of one folder, in a file on disk. Runners may share it: the last to write wins, which costs only time. */
export class KeptFindings {
  #changed = false;

  private constructor(
    private readonly path: string,
    private readonly engine: string,
    private readonly entries: Map<string, unknown>,
  ) {}

  /**
   * Reads what is kept. What cannot be read, or is of another engine, is as good as nothing.
   * @param engine version of the engine, its rules and our code
   */
  static async open(path: string, engine: string): Promise<KeptFindings> {
    const read = await readJson(path, kept, { maxBytes: 4 * maxLength }).catch(() => ({ is: 'missing' as const }));
    const entries = read.is === 'read' && read.value.engine === engine ? Object.entries(read.value.entries) : [];
    return new KeptFindings(path, engine, new Map(entries));
  }

  /** What was found in the file of this path, whatever state the file was in. */
  get(path: string): KeptEntry | undefined {
    const found = entry.safeParse(this.entries.get(path)).data;
    // An issue of another file would be of a cache that someone wrote to.
    return found?.issues.every(({ file }) => file === path) ? found : undefined;
  }

  /** Keeps an entry, or marks it as used. */
  set(path: string, value: Omit<KeptEntry, 'used'>): void {
    this.entries.set(path, { ...value, used: Date.now() });
    this.#changed = true;
  }

  /** Has the entry kept for longer. */
  touch(path: string, value: KeptEntry): void {
    if (Math.abs(Date.now() - value.used) > day) this.set(path, value);
  }

  /** Writes what is new, and takes away what is old. @param warn gets a sentence when that fails, which costs only the next scan's time */
  async save(warn: (text: string) => void): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const oldest = Date.now() - maxAge;
    const young = [...this.entries].flatMap(([path, value]) => {
      const { data } = entry.safeParse(value);
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
      warn(`The findings cannot be kept for the next scan: ${errorMessage(error)}`);
    }
  }
}

/** Takes away the oldest files of the cache until it is within its bounds; also what a writer left that was killed. */
async function sweep(folder: string): Promise<void> {
  const names = await readdir(folder);
  const files: { path: string; size: number; written: number }[] = [];
  for (const name of names) {
    const path = join(folder, name);
    // Gone when another runner sweeps, too.
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
