import { errorCode } from './errors';

const troubles: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  EIO: 'the disk reports an error',
};

/** Why a disk cannot be written, as a clause with Node's code; undefined when the error says nothing of that. */
export function storageTrouble(error: unknown): string | undefined {
  const code = errorCode(error) ?? '';
  return Object.hasOwn(troubles, code) ? `${troubles[code] ?? ''} (${code})` : undefined;
}
