import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempFolder } from '../../base/tempFolder';
import { askGit, callGit, type GitCall } from './call';
import type { Place } from './repository';

/** A file that a commit changed; for a merge, relative to all parents. */
export interface CommitChange {
  /** Relative to the place's folder. */
  readonly path: string;
  /** IDs of the previous versions, one for each parent that had the file. */
  readonly before: readonly string[];
  /** The ID of the new version; undefined if the commit removed it. */
  readonly after: string | undefined;
  /** For a submodule, the IDs are commits of another repository. */
  readonly isSubmodule: boolean;
}

/** A commit and its changes. */
export interface CommitChanges {
  readonly commit: string;
  /** The author date, RFC 3339. */
  readonly date: string;
  readonly changes: readonly CommitChange[];
}

/** How long git may stay silent before it lists the commits of a large repository, in ms. */
const walkMs = 120_000;

/**
 * The commits of a range, oldest first.
 * @param range in git's syntax, such as `main..HEAD`; undefined: those of all refs
 * @throws CodedError GitErrorCode; the signal's reason
 */
export async function listCommits(place: Place, range: string | undefined): Promise<string[]> {
  const which = range === undefined ? ['--all'] : ['--end-of-options', range];
  const args = [...plain, 'rev-list', '--reverse', '--topo-order', ...which, '--'];
  return (await callGit({ ...place, args, silentMs: walkMs })).split('\n').filter((id) => id !== '');
}

/** Whether part of the history is missing. @throws CodedError GitErrorCode */
export async function isShallow(place: Place): Promise<boolean> {
  return (await callGit({ ...place, args: ['rev-parse', '--is-shallow-repository'] })).trim() === 'true';
}

/** The changes of commits below the folder, in order. @throws CodedError GitErrorCode; Node's file errors; the signal's reason */
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

/** Parses the raw format of git's diffs, including merges: the modes, then the IDs, of each parent and of the commit. */
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

/** The IDs of the files in HEAD below the folder, by path; empty without a commit. @throws CodedError GitErrorCode */
export async function filesOfHead(place: Place): Promise<Map<string, string>> {
  const listed = (await askGit({ ...place, args: [...plain, 'ls-tree', '-r', '-z', 'HEAD'] })) ?? '';
  const entries = listed.split('\0').flatMap((entry): [string, string][] => {
    const [, id, path] = /^100\d{3} blob ([0-9a-f]+)\t([\s\S]+)$/.exec(entry) ?? [];
    return id === undefined || path === undefined ? [] : [[path, id]];
  });
  return new Map(entries);
}

/** IDs of the objects in this clone, if it is a partial clone. @throws CodedError GitErrorCode */
export async function objectsOfPartialClone(place: Place): Promise<ReadonlySet<string> | undefined> {
  const settings = ['config', '--get-regexp', String.raw`^(extensions\.partialclone|remote\..*\.promisor)$`];
  if ((await askGit({ ...place, args: settings })) === undefined) return undefined;
  const args = [...plain, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)'];
  return new Set((await callGit({ ...place, args, silentMs: walkMs })).split('\n'));
}

/** The sizes in bytes of file versions; missing versions are omitted. @throws CodedError GitErrorCode; the signal's reason */
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
 * Reads file versions. All of them are in memory at once, so request a limited number.
 * @returns their bytes by ID, without missing ones
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

/** Replacement objects are ignored: what was committed counts. */
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
