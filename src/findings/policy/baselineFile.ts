import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readTextBounded } from '../../base/boundedFile';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import { sharedMode, writeFileAtomic } from '../../base/files';
import { withFileLock } from '../../base/jsonFile';
import {
  baselinePath,
  maxBaseline,
  parseBaseline,
  writeBaseline,
  type BaselineEntry,
  type PlacedEntry,
} from './baseline';
import { checkPolicyFolder } from './policyFolder';

/**
 * The entries of a folder's baseline; none if it has no baseline.
 * @throws CodedError BAD_BASELINE if it cannot be read, with a reason as its message
 */
export async function readBaseline(folder: string): Promise<PlacedEntry[]> {
  const file = join(folder, baselinePath);
  let text: string;
  try {
    await checkPolicyFolder(folder);
    text = await readTextBounded(file, { maxBytes: maxBaseline });
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return [];
    throw new CodedError('BAD_BASELINE', `${file} cannot be read: ${errorMessage(error)}`);
  }
  try {
    return parseBaseline(text);
  } catch (error) {
    throw new CodedError('BAD_BASELINE', `${file} is not a valid baseline: ${errorMessage(error)}`);
  }
}

/**
 * Changes a folder's baseline after reading it again, since another process or a pull may have changed it. A baseline without entries is deleted.
 * @throws as {@link readBaseline}, {@link checkPolicyFolder}
 */
export async function changeBaseline(
  folder: string,
  changed: (entries: readonly BaselineEntry[]) => readonly BaselineEntry[],
): Promise<void> {
  const file = join(folder, baselinePath);
  await checkPolicyFolder(folder);
  await mkdir(dirname(file), { recursive: true });
  await withFileLock(file, async () => {
    const before = (await readBaseline(folder)).map(withoutLine);
    const entries = changed(before);
    if (entries.length === 0) await rm(file, { force: true });
    else await writeFileAtomic(file, writeBaseline(entries), { mode: await sharedMode(file) });
  });
}

function withoutLine({ line: _, ...entry }: PlacedEntry): BaselineEntry {
  return entry;
}
