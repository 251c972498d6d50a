import { mkdtempSync, realpathSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorMessage } from './errors';
import { identityName, identityPattern, nameLives, ownIdentity } from './liveness';
import type { Logger } from './logger';

const pattern = new RegExp(`^codeagent-[a-z]+-(${identityPattern.source})-\\w{6}$`);

/**
 * Makes a folder for this process alone. Whoever makes it removes it; that of a process that was killed is removed by
 * {@link sweepTempFolders} of a later one.
 * @param purpose a word for its name
 * @returns its path, without links
 * @throws Node's file errors
 */
export function makeTempFolder(purpose: string): string {
  return realpathSync(mkdtempSync(join(tmpdir(), `codeagent-${purpose}-${identityName(ownIdentity())}-`)));
}

/** Removes the temporary folders that killed processes of ours left on this machine. */
export async function sweepTempFolders(log: Logger): Promise<void> {
  try {
    for (const name of await readdir(tmpdir())) {
      const owner = pattern.exec(name)?.[1];
      if (owner === undefined || (await nameLives(owner))) continue;
      await rm(join(tmpdir(), name), { recursive: true, force: true });
      log.debug(`Removed ${name}, which a killed scan left.`);
    }
  } catch (error) {
    // Another user's, or another sweep at the same time: nothing depends on it.
    log.debug(`The temporary folder cannot be swept: ${errorMessage(error)}`);
  }
}
