import { errorCode } from './errors';

const troubles: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  EIO: 'the disk reported an I/O error',
};

/** Why writing to disk failed, as a clause with Node's code; undefined for other errors. */
export function storageTrouble(error: unknown): string | undefined {
  const code = errorCode(error) ?? '';
  return Object.hasOwn(troubles, code) ? `${troubles[code] ?? ''} (${code})` : undefined;
}
