import { mkdtempSync, realpathSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorMessage } from './errors';
import { identityName, identityPattern, isNameAlive, ownIdentity } from './liveness';
import type { Logger } from './logger';

const pattern = new RegExp(`^codeagent-[a-z]+-(${identityPattern.source})-\\w{6}$`);

/**
 * Creates a temporary folder. Its creator removes it; one left by a killed process is removed by
 * {@link sweepTempFolders} in a later process.
 * @param purpose a word for its name
 * @returns its path, without links
 * @throws Node's file errors
 */
export function makeTempFolder(purpose: string): string {
  return realpathSync(mkdtempSync(join(tmpdir(), `codeagent-${purpose}-${identityName(ownIdentity())}-`)));
}

/** Removes the temporary folders that our killed processes left on this machine. */
export async function sweepTempFolders(log: Logger): Promise<void> {
  try {
    for (const name of await readdir(tmpdir())) {
      const owner = pattern.exec(name)?.[1];
      if (owner === undefined || (await isNameAlive(owner))) continue;
      await rm(join(tmpdir(), name), { recursive: true, force: true });
      log.debug(`Removed ${name}, left behind by a killed scan.`);
    }
  } catch (error) {
    // Another user's folder, or another sweep at the same time: it does not matter.
    log.debug(`Cannot clean up the temporary folder: ${errorMessage(error)}`);
  }
}
