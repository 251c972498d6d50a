import { scanFiles } from '../engine/workerScript';
import { findSecrets } from './find';
import { textsTask, type SecretHit } from './messages';

export { ready } from '../engine/workerScript';

/** Characters at the start of a file in which a NUL marks it as binary. */
const probe = 8_000;

export const scan = scanFiles(search);

/** The secrets of each text. */
export async function scanTexts(task: unknown): Promise<SecretHit[][]> {
  const found: SecretHit[][] = [];
  for (const { path, text } of textsTask.parse(task).files) found.push(await search(path, text));
  return found;
}

async function search(path: string, source: string): Promise<SecretHit[]> {
  return source.slice(0, probe).includes('\0') ? [] : await findSecrets(path, source);
}
