import { scanFiles } from '../engine/workerScript';
import { findSecrets } from './find';

export { ready } from '../engine/workerScript';

/** Characters at the start of a file in which a NUL marks it as binary. */
const probe = 8_000;

export const scan = scanFiles((path, source) =>
  source.slice(0, probe).includes('\0') ? [] : findSecrets(path, source),
);
