import { join } from 'node:path';
import { readBounded, readTextBounded } from '../../base/boundedFile';
import { errorCode, errorMessage } from '../../base/errors';
import { FileText } from '../../base/fileText';
import { maxReadSize } from '../../base/limits';
import type { PolicyProblem } from '../../protocol';
import type { Gaps } from '../coverage';
import { baselinePath, maxBaseline, readEntries, type PlacedEntry } from './baseline';
import { configPath, maxConfig, readConfig } from './config';
import { markersOf, type FileMarkers } from './comments';
import { compileConfig, type Policy } from './policy';
import { checkPolicyFolder, policyFolder } from './policyFolder';

/** A policy, and the problems in its files. */
export interface LoadedPolicy {
  readonly policy: Policy;
  readonly problems: readonly PolicyProblem[];
}

/** A configuration to use instead of the folder's own. */
export interface GivenConfig {
  /** Its path as the user wrote it. */
  readonly file: string;
  readonly text: string;
}

/**
 * Loads a folder's policy. A missing file is fine; one that cannot be read, in whole or in part, is a problem.
 * @param given replaces the folder's own configuration
 */
export async function loadPolicy(folder: string, given?: GivenConfig): Promise<LoadedPolicy> {
  const problems: PolicyProblem[] = [];
  const unread = (file: string, error: unknown) => {
    problems.push({ file, line: 1, level: 'error', message: `It cannot be read: ${errorMessage(error)}.` });
  };
  let isFolder = true;
  try {
    await checkPolicyFolder(folder);
  } catch (error) {
    isFolder = false;
    unread(policyFolder, error);
  }
  const text = async (path: string, maxBytes: number) => {
    if (!isFolder) return undefined;
    try {
      return await readTextBounded(join(folder, path), { maxBytes });
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) unread(path, error);
      return undefined;
    }
  };
  const own = given ? given.text : await text(configPath, maxConfig);
  const read = own === undefined ? undefined : readConfig(own, given?.file);
  problems.push(...(read?.problems ?? []));
  const baseline = new Map<string, PlacedEntry>();
  const entries = await text(baselinePath, maxBaseline);
  if (entries !== undefined) {
    const known = readEntries(entries);
    problems.push(...known.problems);
    for (const entry of known.entries) baseline.set(entry.fingerprint, entry);
  }
  return { policy: { config: read && compileConfig(read), baseline }, problems };
}

/** Adds the unreadable parts of a policy to the gaps. */
export function addUnread(problems: readonly PolicyProblem[], gaps: Gaps): void {
  for (const { level, file, line, message } of problems)
    if (level === 'error') gaps.add('unread_policy', null, `Line ${line}: ${message}`, [file]);
}

/** Reads the decisions in the files' comments. A file that can no longer be read has none. */
export async function readMarkers(root: string, files: Iterable<string>): Promise<Map<string, FileMarkers>> {
  const found = new Map<string, FileMarkers>();
  for (const file of new Set(files)) {
    try {
      const content = await readBounded(join(root, file), { maxBytes: maxReadSize });
      found.set(file, markersOf(file, new FileText(content).text));
    } catch {
      // The finding stays open.
    }
  }
  return found;
}
