import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { openPromise, type Entry } from 'yauzl';
import { CodedError, errorMessage } from '../../base/errors';
import { advisory, affectedOf, isAffected, type Advisory } from './advisory';
import type { Dependency } from './packages/dependency';
import type { MatchResult } from './messages';
import { packageKey } from './packages/packageNames';
import { safeVersion } from './safeVersion';

/** Size limit of a record, in bytes. */
const maxRecord = 16 * 1024 * 1024;

/**
 * Finds the records about dependencies in a downloaded database, as offered by https://google.github.io/osv.dev/data/: a folder that contains for
 * each ecosystem a folder with `all.zip` or JSON files, or only one of these zips or folders.
 * @throws CodedError DATABASE if it is missing or has no records
 */
export async function matchDatabase(
  paths: readonly string[],
  dependencies: readonly Dependency[],
): Promise<MatchResult> {
  const wanted = new Map<string, number[]>();
  for (const [index, { ecosystem, name }] of dependencies.entries()) {
    const key = packageKey(ecosystem, name);
    wanted.set(key, [...(wanted.get(key) ?? []), index]);
  }
  const ecosystems = new Set(dependencies.map(({ ecosystem }) => ecosystem as string));
  const result: MatchResult = { records: dependencies.map(() => []), safe: [], unread: 0, covered: [] };
  /** Including those of other versions, which an update must avoid. */
  const all = dependencies.map((): Advisory[] => []);
  const covered = new Set<string>();
  const take = (json: string) => {
    const mentioned = /"ecosystem"\s*:\s*"([^":]+)/.exec(json)?.[1];
    if (mentioned !== undefined) covered.add(mentioned);
    // Most records are about other packages, and not worth parsing.
    const indexes = new Set(
      [...json.matchAll(/"name"\s*:\s*"([^"\\]+)"/g)].flatMap(([, name = '']) =>
        [name, packageKey('PyPI', name), packageKey('NuGet', name)].flatMap((key) => wanted.get(key) ?? []),
      ),
    );
    if (indexes.size === 0) return;
    const record = parseRecord(json);
    if (!record) result.unread += 1;
    for (const index of record ? indexes : []) {
      const dependency = dependencies[index];
      const records = result.records[index];
      if (record && dependency && affectedOf(record, dependency).length > 0) all[index]?.push(record);
      if (record && dependency && isAffected(record, dependency) && !records?.some(({ id }) => id === record.id))
        records?.push(withoutVersionLists(record));
    }
  };
  for (const path of paths) {
    try {
      for (const file of filesOf(path, ecosystems))
        if (file.endsWith('.zip')) await eachEntry(file, take);
        else take(readFileSync(file, 'utf8'));
    } catch (error) {
      throw new CodedError('DATABASE', `The vulnerability database ${path} cannot be read: ${errorMessage(error)}.`);
    }
  }
  if (covered.size === 0)
    throw new CodedError(
      'DATABASE',
      `No OSV records were found in ${paths.join(', ')}, so dependencies were not checked.`,
    );
  const safe = dependencies.map((dependency, index) =>
    (result.records[index] ?? []).length > 0 ? (safeVersion(dependency, all[index] ?? []) ?? null) : null,
  );
  return { ...result, safe, covered: [...covered] };
}

/** Only the parts that findings need are returned to the runner. */
function withoutVersionLists(record: Advisory): Advisory {
  return { ...record, affected: record.affected?.map((one) => ({ ...one, versions: null })) };
}

function parseRecord(json: string): Advisory | undefined {
  try {
    return advisory.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined; // Counted and reported by the caller.
  }
}

function filesOf(path: string, ecosystems: ReadonlySet<string>): string[] {
  if (!statSync(path).isDirectory()) return [path];
  // The folder of a single ecosystem, or one with a folder for each.
  const folders = [path, ...[...ecosystems].map((name) => join(path, name))];
  return folders.flatMap((folder) => {
    if (folder !== path && statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    const names = readdirSync(folder).filter((name) => /\.(?:json|zip)$/i.test(name));
    // The zip contains the same records as the unpacked files next to it.
    return (names.includes('all.zip') ? ['all.zip'] : names).map((name) => join(folder, name));
  });
}

/** Yields each JSON file in a zip, without unpacking it to disk. */
async function eachEntry(path: string, take: (json: string) => void): Promise<void> {
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
  const handle = openSync(path, 'r');
  try {
    for await (const entry of zip.eachEntry()) if (/\.json$/i.test(entry.fileName)) take(readEntry(handle, entry));
  } finally {
    closeSync(handle);
    zip.close();
  }
}

/** https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7: the local header contains the lengths of the names before the data. */
function readEntry(handle: number, entry: Entry): string {
  if (entry.compressedSize > maxRecord || entry.uncompressedSize > maxRecord)
    throw new Error(`${entry.fileName} is larger than ${maxRecord / 1024 / 1024} MB`);
  const header = Buffer.alloc(30);
  readSync(handle, header, 0, 30, entry.relativeOffsetOfLocalHeader);
  const start = entry.relativeOffsetOfLocalHeader + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
  const data = Buffer.alloc(entry.compressedSize);
  readSync(handle, data, 0, data.length, start);
  if (entry.compressionMethod === 0) return data.toString('utf8');
  return inflateRawSync(data, { maxOutputLength: maxRecord }).toString('utf8');
}
