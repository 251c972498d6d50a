import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, errorCode } from '../../base/errors';

/** The folder with a team's decisions. */
export const policyFolder = '.codeagent';

/**
 * Checks that the `.codeagent` of a folder is a real folder, or missing. A link could lead anywhere, and opening a file without following
 * links only protects the last part of its path.
 * @throws CodedError NO_POLICY_FOLDER, with a clause as its message; Node's file errors
 */
export async function checkPolicyFolder(folder: string): Promise<void> {
  try {
    const stats = await lstat(join(folder, policyFolder));
    if (stats.isDirectory()) return;
    const what = stats.isSymbolicLink() ? 'a link, which is not followed' : 'not a folder';
    throw new CodedError('NO_POLICY_FOLDER', `${policyFolder} is ${what}: make it a folder`);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) throw error;
  }
}
