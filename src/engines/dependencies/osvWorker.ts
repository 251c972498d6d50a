// Reads lockfiles in a worker thread, so that a hostile one exhausts that thread's memory and time rather than the runner's.
import { join, posix } from 'node:path';
import { overLimit } from '../../base/boundedFile';
import { errorCode, errorMessage } from '../../base/errors';
import { decodeSource, readBytes } from '../engine/readSource';
import { snippetOf } from '../engine/text';
import { matchDatabase } from './database';
import type { Files, Locked } from './lockfiles/locked';
import { roleOf, type LockfileKind } from './lockfiles/kinds';
import { readers } from './lockfiles/readers';
import { ManifestLines } from './lockfiles/manifests';
import type { Dependency } from './packages/dependency';
import { matchTask, readTask, updateTask, type MatchResult, type ReadResult, type UpdateResult } from './messages';
import { Updates } from './updates/update';
import { isGap, noLockfileReason, noVersionReason, unlockedManifests } from './unlocked';

export { ready } from '../engine/workerScript';

/** Size limit of lockfiles and manifests, in bytes. The largest public lockfiles have 10 MB. */
const maxSize = 32 * 1024 * 1024;
/** Limit on the packages in one lockfile. */
const maxPackages = 50_000;

/** Limits on a package's license information in a lockfile. */
const maxLicenses = 20;
const maxLicense = 300;

/** Reads the lockfiles of a folder. */
export function read(task: unknown): ReadResult {
  const { root, files: listed, lockfiles } = readTask.parse(task);
  const { texts, readText, files } = filesOf(root, listed);

  const found = new Map<string, Dependency>();
  const gaps: ReadResult['gaps'] = [];
  for (const path of lockfiles) {
    const role = roleOf(path);
    if (role?.role === 'unread') gaps.push({ kind: role.gap, reason: role.reason, path });
    if (role?.role !== 'lockfile') continue;
    try {
      const one = readOne(path, role.kind, files, readText(path));
      // A file may be read on its own and as part of one that includes it.
      for (const dependency of one.dependencies) {
        const { ecosystem, name, version, file, line } = dependency;
        const key = JSON.stringify([ecosystem, name, version, file, line]);
        if (!found.has(key)) found.set(key, dependency);
      }
      const problem = one.problem;
      if (problem !== undefined)
        gaps.push({ kind: 'unread_lockfile', reason: `A lockfile may have been read only in part: ${problem}.`, path });
      if (isGap(path, { unknown: one.unknown, packages: one.dependencies.length }, files))
        gaps.push({ kind: 'lookup_failed', reason: noVersionReason, path });
    } catch (error) {
      const why = error instanceof RangeError ? 'it is nested too deeply' : whyOf(error);
      const reason = `A lockfile was not read: ${why.split('\n')[0]?.slice(0, 200) ?? ''}.`;
      gaps.push({ kind: 'unread_lockfile', reason, path });
    } finally {
      // It may be long. Only POMs and .NET projects are read again, by others that refer to them.
      if (role.kind.manifests) texts.delete(path);
    }
  }
  for (const path of unlockedManifests(files)) gaps.push({ kind: 'lookup_failed', reason: noLockfileReason, path });
  return { dependencies: [...found.values()], gaps };
}

/** Finds dependencies in a downloaded database. */
export function match(task: unknown): Promise<MatchResult> {
  const { database, dependencies } = matchTask.parse(task);
  return matchDatabase(database, dependencies);
}

/** Finds the edits that make manifests require other versions. */
export function update(task: unknown): UpdateResult {
  const { root, files: listed, wanted } = updateTask.parse(task);
  const updates = new Updates(filesOf(root, listed).files);
  return { updates: wanted.map(({ dependency, to }) => updates.of(dependency, to)) };
}

/** The texts of a scan's files, each read once. */
function filesOf(root: string, listed: readonly { path: string }[]) {
  const paths = new Set(listed.map((file) => file.path));
  const texts = new Map<string, string>();
  const readText = (path: string): string => {
    const known = texts.get(path);
    if (known !== undefined) return known;
    // Normalized, so that all parsers count lines alike.
    const text = decodeSource(readBytes(join(root, path), maxSize)).replace(/\r\n?/g, '\n');
    texts.set(path, text);
    return text;
  };
  const files: Files = {
    paths: [...paths],
    read: (path) => {
      if (!paths.has(path)) return undefined;
      try {
        return readText(path);
      } catch {
        return undefined; // A manifest or an included file is gone or too large: report what is known without it.
      }
    },
  };
  return { texts, readText, files };
}

function whyOf(error: unknown): string {
  const code = errorCode(error);
  return code === overLimit ? `it is larger than ${maxSize / 1024 / 1024} MB` : (code ?? errorMessage(error));
}

function readOne(
  path: string,
  kind: LockfileKind,
  files: Files,
  text: string,
): { dependencies: Dependency[]; problem?: string | undefined; unknown: number } {
  const content = readers[kind.format](text, path, files);
  const locked = content.packages.filter(isPlausible).slice(0, maxPackages);
  const tooMany = content.packages.length > maxPackages ? `it names more than ${maxPackages} packages` : undefined;
  const odd = content.packages.some((one) => !isPlausible(one))
    ? 'some of its names or versions are invalid'
    : undefined;
  const manifests = new ManifestLines(kind, path, locked, files);
  const lines = new Map<string, string[]>();
  const lineAt = (file: string, line: number): string => {
    let all = lines.get(file);
    if (!all) lines.set(file, (all = (files.read(file) ?? '').split('\n')));
    return all[line - 1] ?? '';
  };
  const wrapper = kind.format === 'gradleLock' ? wrapperAbove(path, files) : undefined;
  const found = new Map<string, Dependency>();
  const placed = locked.map((one) => ({ one, ...manifests.place(one) }));
  // If a package occurs in several places, show the one that the user can change.
  for (const { one, file, line, dev, direct } of placed.sort((a, b) => Number(b.direct) - Number(a.direct))) {
    const key = JSON.stringify([one.name, one.version]);
    const before = found.get(key);
    if (before) {
      // It counts as a development dependency, or as private, only if it is one everywhere.
      found.set(key, { ...before, dev: before.dev && dev, private: before.private && one.private === true });
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
      lockfile: path,
      ...(wrapper !== undefined && { wrapper }),
      ...(one.alias !== undefined && { alias: one.alias }),
      file,
      line,
      column,
      endColumn: shown === undefined ? Math.max(2, source.length + 1) : column + shown.length,
      snippet: snippetOf(source, column),
      dev,
      direct,
      private: one.private === true,
      ...(one.licenses && { licenses: one.licenses.slice(0, maxLicenses).map((text) => text.slice(0, maxLicense)) }),
    });
  }
  return {
    dependencies: [...found.values()],
    problem: content.problem ?? tooMany ?? odd,
    unknown: content.unknown ?? 0,
  };
}

function wrapperAbove(path: string, files: Files): string | undefined {
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    const wrapper = posix.join(folder, 'gradlew');
    if (files.paths.includes(wrapper)) return wrapper;
    if (folder === '.') return undefined;
  }
}

/** Whether the name and version are plausible; others are not looked up. */
function isPlausible({ name, version }: Locked): boolean {
  return [name, version].every((text) => text.length > 0 && text.length <= 250 && !/[\p{Cc}\s]/u.test(text));
}
