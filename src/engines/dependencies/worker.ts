// Runs in a worker thread that piscina starts: a hostile lockfile costs this thread's time and memory, not the runner's.
import { join } from 'node:path';
import { readBoundedSync } from '../../base/boundedFile';
import { maxReadSize } from '../../base/limits';
import { errorCode, errorMessage } from '../../base/errors';
import { yieldThread } from '../../base/priority';
import { snippetOf } from '../text';
import { matchDatabase } from './database';
import type { Locked, ReadFile } from './lockfiles/locked';
import { roleOf, type LockfileKind } from './lockfiles/readers';
import { ManifestLines } from './manifests';
import { matchOrder, readOrder, type Dependency, type MatchResult, type ReadResult } from './messages';

yieldThread();

/** Bytes of a lockfile, and of a manifest, that is still read. The longest lockfiles in the open have 10 MB. */
const maxSize = 32 * 1024 * 1024;
/** Packages of one lockfile that are looked at. */
const maxPackages = 50_000;

/** Reads the lockfiles of a folder. Piscina calls it by its name. */
export function read(order: unknown): ReadResult {
  const { root, files } = readOrder.parse(order);
  const result: ReadResult = { dependencies: [], lockfiles: 0, failed: [] };
  const sizes = new Map(files.map((file) => [file.path, file.size]));
  const paths = [...sizes.keys()];
  const texts = new Map<string, string>();
  const readText = (path: string): string => {
    const known = texts.get(path);
    if (known !== undefined) return known;
    if ((sizes.get(path) ?? 0) > maxSize) throw new Error(`it is larger than ${maxSize / 1024 / 1024} MB`);
    const text = readWhole(join(root, path));
    texts.set(path, text);
    return text;
  };
  const readOther: ReadFile = (path) => {
    if (!sizes.has(path)) return undefined;
    try {
      return readText(path);
    } catch {
      return undefined; // A manifest or an included file that is gone or too large: what is known without it is told.
    }
  };

  for (const path of paths) {
    const kind = roleOf(path);
    if (kind === undefined || kind === 'manifest' || kind === 'include') continue;
    result.lockfiles += 1;
    if (kind === 'binary') {
      result.failed.push(
        `${path} was not read: it is bun's binary form; "bun install --save-text-lockfile" writes bun.lock.`,
      );
      continue;
    }
    try {
      for (const one of readOne(path, kind, paths, readText(path), readOther)) result.dependencies.push(one);
    } catch (error) {
      const why = error instanceof RangeError ? 'it is nested too deep' : (errorCode(error) ?? errorMessage(error));
      result.failed.push(`${path} was not read: ${why.split('\n')[0]?.slice(0, 200) ?? ''}.`);
    } finally {
      // It may be long, and is not read again.
      texts.delete(path);
    }
  }
  return result;
}

/** Finds dependencies in a downloaded database. Piscina calls it by its name. */
export function match(order: unknown): Promise<MatchResult> {
  const { database, dependencies } = matchOrder.parse(order);
  return matchDatabase(database, dependencies);
}

/** Never through a link: the inventory leaves those out, but one may have come since. */
function readWhole(path: string): string {
  return readBoundedSync(path, { maxBytes: maxReadSize })
    .toString('utf8')
    .replace(/^\uFEFF/, '');
}

function readOne(
  path: string,
  kind: LockfileKind,
  paths: readonly string[],
  text: string,
  read: ReadFile,
): Dependency[] {
  const locked = kind.read(text, path, read).filter(isSane);
  if (locked.length > maxPackages) throw new Error(`it names more than ${maxPackages} packages`);
  const manifests = new ManifestLines(kind, path, locked, paths, read);
  const lines = new Map<string, string[]>();
  const lineAt = (file: string, line: number): string => {
    let all = lines.get(file);
    if (!all) lines.set(file, (all = (read(file) ?? '').split(/\r\n|\n|\r/)));
    return all[line - 1] ?? '';
  };
  const found = new Map<string, Dependency>();
  const placed = locked.map((one) => ({ one, ...manifests.place(one) }));
  // Of several places the one that can be changed is shown.
  for (const { one, file, line, dev, direct } of placed.sort((a, b) => Number(b.direct) - Number(a.direct))) {
    const key = JSON.stringify([one.name, one.version]);
    const before = found.get(key);
    if (before) {
      // It is for development only if it is so everywhere.
      found.set(key, { ...before, dev: before.dev && dev });
      continue;
    }
    const source = lineAt(file, line);
    const shown = [one.alias ?? one.name, one.name, one.name.split(':').at(-1) ?? ''].find(
      (name) => name !== '' && source.toLowerCase().includes(name.toLowerCase()),
    );
    const column = shown === undefined ? 1 : source.toLowerCase().indexOf(shown.toLowerCase()) + 1;
    found.set(key, {
      ecosystem: kind.ecosystem,
      name: one.name,
      version: one.version,
      file,
      line,
      column,
      endColumn: shown === undefined ? Math.max(2, source.length + 1) : column + shown.length,
      snippet: snippetOf(source, column),
      dev,
      direct,
    });
  }
  return [...found.values()];
}

/** What no package is called by, and no version either, is not asked for. */
function isSane({ name, version }: Locked): boolean {
  return [name, version].every((text) => text.length > 0 && text.length <= 250 && !/[\p{Cc}\s]/u.test(text));
}
