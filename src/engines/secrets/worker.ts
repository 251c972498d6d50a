// Runs in a worker thread that piscina starts.
import { join } from 'node:path';
import { errorCode, errorMessage } from '../../base/errors';
import { yieldThread } from '../../base/priority';
import { readSource } from '../engine/readSource';
import { findSecrets } from './find';
import { secretBatch, type SecretResult } from './messages';

yieldThread();

/** Says nothing but that the thread is there. Piscina calls it by its name. */
export function ready(): void {
  // Loading this file was all.
}

/** Characters of a file in which a NUL says that it is not text. */
const probe = 8_000;

/** Searches a batch of files. Piscina calls it by its name. */
export async function search(order: unknown): Promise<SecretResult> {
  const { root, files } = secretBatch.parse(order);
  const result: SecretResult = { hits: [], failed: [] };
  for (const file of files) {
    try {
      const content = readSource(join(root, file));
      if (content.slice(0, probe).includes('\0')) continue;
      result.hits.push(...(await findSecrets(file, content)));
    } catch (error) {
      result.failed.push({ file, reason: errorCode(error) ?? errorMessage(error) });
    }
  }
  return result;
}
