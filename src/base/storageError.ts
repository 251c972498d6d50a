import { errorCode } from './errors';

const problems: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  EIO: 'the disk reported an I/O error',
};

/** Why writing to disk failed, as a clause with Node's code; undefined for other errors. */
export function storageProblem(error: unknown): string | undefined {
  const code = errorCode(error) ?? '';
  return Object.hasOwn(problems, code) ? `${problems[code] ?? ''} (${code})` : undefined;
}
