import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempFolder } from '../../base/tempFolder';
import { askGit, callGit, type GitCall } from './call';
import type { Place } from './repository';

/** A file that a commit changed, in all parents of a merge. */
export interface CommitChange {
  /** Relative to the place's folder. */
  readonly path: string;
  /** Ids of the versions before, one for each parent that had the file. */
  readonly before: readonly string[];
  /** The id of the version since; undefined if the commit removed it. */
  readonly after: string | undefined;
  /** Of a submodule, the ids are commits of another repository. */
  readonly isSubmodule: boolean;
}

/** A commit with what it changed. */
export interface CommitChanges {
  readonly commit: string;
  /** When its author made it, RFC 3339. */
  readonly date: string;
  readonly changes: readonly CommitChange[];
}

/** How long git may think before it lists the commits of a large repository, in ms. */
const walkMs = 120_000;

/**
 * The commits of a range, oldest first.
 * @param range as git takes it, such as `main..HEAD`; undefined: those of all refs
 * @throws CodedError GitErrorCode; the signal's reason
 */
export async function listCommits(place: Place, range: string | undefined): Promise<string[]> {
  const which = range === undefined ? ['--all'] : ['--end-of-options', range];
  const args = [...plain, 'rev-list', '--reverse', '--topo-order', ...which, '--'];
  return (await callGit({ ...place, args, silentMs: walkMs })).split('\n').filter((id) => id !== '');
}

/** Whether a part of the history is not here. @throws CodedError GitErrorCode */
export async function isShallow(place: Place): Promise<boolean> {
  return (await callGit({ ...place, args: ['rev-parse', '--is-shallow-repository'] })).trim() === 'true';
}

/** What commits changed below the folder, in their order. @throws CodedError GitErrorCode; Node's file errors; the signal's reason */
export async function changesIn(place: Place, commits: readonly string[]): Promise<CommitChanges[]> {
  const prefix = (await callGit({ ...place, args: ['rev-parse', '--show-prefix'] })).replace(/\n$/, '');
  const flags = ['--stdin', '-r', '--root', '-c', '--raw', '-z', '--no-abbrev', '--no-renames', '--always'];
  const args = [...plain, 'diff-tree', ...flags, '--format=%H%x00%aI'];
  const output = await withInput(commits, (input) => callGit({ ...place, args, input, silentMs: walkMs }));
  return parseChanges(output, prefix);
}

const idPattern = /^\n*([0-9a-f]{40}(?:[0-9a-f]{24})?)$/;
const nothing = /^0+$/;
const submodule = '160000';
const file = /^100/;

/** Reads the raw format of git's diffs, of merges too: the modes, then the ids, of each parent and of the commit. */
export function parseChanges(output: string, prefix: string): CommitChanges[] {
  const fields = output.split('\0');
  const found: (CommitChanges & { changes: CommitChange[] })[] = [];
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? '';
    const id = idPattern.exec(field)?.[1];
    const raw = /^\n*(:+)(\d{6}.*)$/s.exec(field);
    if (id !== undefined) {
      found.push({ commit: id, date: fields[at + 1] ?? '', changes: [] });
      at += 1;
    } else if (raw?.[1] !== undefined && raw[2] !== undefined) {
      const parents = raw[1].length;
      const words = raw[2].split(' ');
      const [modes, ids] = [words.slice(0, parents + 1), words.slice(parents + 1, 2 * parents + 2)];
      at += 1;
      const path = fields[at] ?? '';
      if (!path.startsWith(prefix)) continue;
      const idOf = (index: number) => {
        const [mode = '', blob = ''] = [modes[index], ids[index]];
        return nothing.test(blob) || !(file.test(mode) || mode === submodule) ? [] : [blob];
      };
      const after = idOf(parents)[0];
      const before = Array.from({ length: parents }, (_, index) => idOf(index)).flat();
      if (after === undefined && before.length === 0) continue;
      const isSubmodule = modes.includes(submodule);
      found.at(-1)?.changes.push({ path: path.slice(prefix.length), before, after, isSubmodule });
    }
  }
  return found;
}

/** The ids of the files in HEAD below the folder, by path; none without a commit. @throws CodedError GitErrorCode */
export async function filesOfHead(place: Place): Promise<Map<string, string>> {
  const listed = (await askGit({ ...place, args: [...plain, 'ls-tree', '-r', '-z', 'HEAD'] })) ?? '';
  const entries = listed.split('\0').flatMap((entry): [string, string][] => {
    const [, id, path] = /^100\d{3} blob ([0-9a-f]+)\t([\s\S]+)$/.exec(entry) ?? [];
    return id === undefined || path === undefined ? [] : [[path, id]];
  });
  return new Map(entries);
}

/** Ids of the objects in this clone, if it was made to have only a part of them. @throws CodedError GitErrorCode */
export async function objectsOfPartialClone(place: Place): Promise<ReadonlySet<string> | undefined> {
  const settings = ['config', '--get-regexp', String.raw`^(extensions\.partialclone|remote\..*\.promisor)$`];
  if ((await askGit({ ...place, args: settings })) === undefined) return undefined;
  const args = [...plain, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)'];
  return new Set((await callGit({ ...place, args, silentMs: walkMs })).split('\n'));
}

/** The sizes in bytes of versions of files; of those that are not here, none. @throws CodedError GitErrorCode; the signal's reason */
export async function blobSizes(place: Place, ids: readonly string[]): Promise<Map<string, number>> {
  const args = [...plain, 'cat-file', '--buffer', '--batch-check=%(objectname) %(objecttype) %(objectsize)'];
  const output = await withInput(ids, (input) => callGit({ ...place, args, input }));
  const sizes = output.split('\n').flatMap((line): [string, number][] => {
    const [, id, size] = /^([0-9a-f]+) blob (\d+)$/.exec(line) ?? [];
    return id === undefined ? [] : [[id, Number(size)]];
  });
  return new Map(sizes);
}

/**
 * Reads versions of files. All of them are in memory at once: ask for a bounded part.
 * @returns their bytes by id, without those that are not here
 * @throws CodedError GitErrorCode; the signal's reason
 */
export async function readBlobs(place: Place, ids: readonly string[]): Promise<Map<string, Buffer>> {
  const chunks: Buffer[] = [];
  const args = [...plain, 'cat-file', '--buffer', '--batch'];
  await withInput(ids, (input) => callGit({ ...place, args, input, onOutput: (data) => chunks.push(data) }));
  const output = Buffer.concat(chunks);
  const found = new Map<string, Buffer>();
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(0x0a, at);
    if (end < 0) break;
    const [, id, type, length] = /^([0-9a-f]+) (\w+) (\d+)$/.exec(output.toString('latin1', at, end)) ?? [];
    at = end + 1;
    if (id === undefined) continue;
    const size = Number(length);
    if (type === 'blob') found.set(id, output.subarray(at, at + size));
    at += size + 1;
  }
  return found;
}

/** What a repository puts in the place of its objects does not count: what was committed does. */
const plain = ['--no-replace-objects'];

/** Calls git with lines as its input. */
async function withInput(lines: readonly string[], call: (input: GitCall['input'] & string) => Promise<string>) {
  const folder = makeTempFolder('history');
  try {
    const input = join(folder, 'input');
    await writeFile(input, lines.map((line) => `${line}\n`).join(''));
    return await call(input);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
