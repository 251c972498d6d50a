import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { errorMessage } from '../../base/errors';
import { readJsonOr, writeJson } from '../../base/jsonFile';
import { advisory, type Advisory } from './advisory';
import { packageKey } from './packages/packageNames';
import { reference, type Package, type Reference } from './service';

/** How long an answer about a package is valid, in ms. New advisories may go unnoticed that long. */
const answerAge = 12 * 60 * 60_000;
/** How long an unused record is kept, in ms. */
const recordAge = 30 * 24 * 60 * 60_000;
/** Entries of each kind. */
const maxEntries = 20_000;
/** Bytes of the file; a larger one is discarded. */
const maxCache = 256 * 1024 * 1024;

const time = z.number();
const file = z.object({
  answers: z.record(z.string(), z.object({ at: time, vulns: z.array(reference) })),
  records: z.record(z.string(), z.object({ used: time, modified: z.string().optional(), record: advisory })),
});

/** Cached answers of an OSV service, in one file on disk. */
export class OsvCache {
  readonly #answers: Map<string, { at: number; vulns: Reference[] }>;
  readonly #records: Map<string, { used: number; modified?: string | undefined; record: Advisory }>;
  #changed = false;

  private constructor(
    private readonly path: string,
    content: z.infer<typeof file>,
  ) {
    const now = Date.now();
    // A time in the future means that the clock was wrong.
    const young = (at: number, age: number) => at <= now && now - at < age;
    this.#answers = new Map(Object.entries(content.answers).filter(([, { at }]) => young(at, answerAge)));
    this.#records = new Map(Object.entries(content.records).filter(([, { used }]) => young(used, recordAge)));
  }

  /**
   * Opens the cache of a service, which is empty if it cannot be read.
   * @param warn called if the file exists but is unusable
   */
  static async open(folder: string, url: string, warn: (text: string) => void): Promise<OsvCache> {
    const path = join(folder, `${createHash('sha256').update(url).digest('hex').slice(0, 16)}.json`);
    const none = { answers: {}, records: {} };
    return new OsvCache(path, await readJsonOr(path, file, none, { warn }, { maxBytes: maxCache }));
  }

  answer(asked: Package): Reference[] | undefined {
    return this.#answers.get(keyOf(asked))?.vulns;
  }

  keepAnswer(asked: Package, vulns: Reference[]): void {
    this.#answers.set(keyOf(asked), { at: Date.now(), vulns });
    this.#changed = true;
  }

  /** The record, unless the service has changed it since. */
  record({ id, modified }: Reference): Advisory | undefined {
    const kept = this.#records.get(id);
    if (kept?.modified !== modified) return undefined;
    if (kept) kept.used = Date.now();
    return kept?.record;
  }

  keepRecord({ id, modified }: Reference, record: Advisory): void {
    this.#records.set(id, { used: Date.now(), modified, record });
    this.#changed = true;
  }

  /** Writes new entries. @param warn called if that fails, which only makes the next scan slower */
  async save(warn: (text: string) => void): Promise<void> {
    if (!this.#changed) return;
    this.#changed = false;
    const newest = <T>(entries: Map<string, T>, at: (value: T) => number) =>
      Object.fromEntries([...entries].sort(([, a], [, b]) => at(b) - at(a)).slice(0, maxEntries));
    const content = {
      answers: newest(this.#answers, ({ at }) => at),
      records: newest(this.#records, ({ used }) => used),
    };
    try {
      await mkdir(join(this.path, '..'), { recursive: true, mode: 0o700 });
      await writeJson(this.path, content);
    } catch (error) {
      warn(`The answers could not be cached: ${errorMessage(error)}`);
    }
  }
}

function keyOf({ ecosystem, name, version }: Package): string {
  return JSON.stringify([ecosystem, packageKey(ecosystem, name), version]);
}
