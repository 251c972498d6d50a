import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { askGit, callGit } from './call';
import { withoutFilters, type Place } from './repository';

/** Characters of paths in one call of git: Windows allows 32,767 in all. */
const callCharacters = process.platform === 'win32' ? 20_000 : 100_000;

/**
 * The merge base of HEAD and a branch, tag or commit; undefined if there is none.
 * @throws CodedError GitErrorCode: GIT_FAILED if there is no such commit
 */
export async function mergeBase(place: Place, name: string): Promise<string | undefined> {
  return (await askGit({ ...place, args: ['merge-base', '--end-of-options', 'HEAD', `${name}^{commit}`] }))?.trim();
}

/**
 * Writes files of a commit into another folder, with line ends as in the work tree. The repository and its index stay unchanged, and no filter runs.
 * @param paths below the folder, files of the commit
 * @param target will be created
 * @returns the folder in it that corresponds to the place's
 * @throws CodedError GitErrorCode; Node's file errors
 */
export async function checkOut(
  place: Place,
  commit: string,
  paths: readonly string[],
  target: string,
): Promise<string> {
  const settings = await (place.filters ?? withoutFilters(place));
  const own = { ...place, settings, index: `${target}.index` };
  const [shown] = await Promise.all([
    callGit({ ...place, args: ['rev-parse', '--show-prefix'] }),
    paths.length > 0 && callGit({ ...own, args: ['read-tree', commit] }),
  ]);
  const prefix = shown.replace(/\n$/, '');
  const folder = join(target, prefix);
  await mkdir(folder, { recursive: true });
  if (paths.length === 0) return folder;
  for (const part of parts(paths))
    await callGit({ ...own, args: ['checkout-index', '--force', '--quiet', `--prefix=${target}/`, '--', ...part] });
  return folder;
}

function* parts(paths: readonly string[]): Generator<string[]> {
  let part: string[] = [];
  let characters = 0;
  for (const path of paths) {
    if (characters + path.length > callCharacters) {
      yield part;
      [part, characters] = [[], 0];
    }
    part.push(path);
    characters += path.length + 3;
  }
  yield part;
}
