import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { errorCode } from '../../base/errors';
import { ApiError } from '../errors/apiError';

/**
 * The folder that a submission's `path` names, with symbolic links resolved.
 * @param roots with symbolic links resolved
 * @throws ApiError FORBIDDEN when it is not below a root, by name or through its links; INVALID_INPUT when it is not a folder
 */
export async function folderBelow(path: string, roots: readonly string[]): Promise<string> {
  if (!isAbsolute(path) || path.includes('\0')) throw new ApiError('INVALID_INPUT', 'path: not an absolute path.');
  let real: string;
  try {
    real = await realpath(path);
    const stats = await stat(real);
    if (!stats.isDirectory())
      throw below(real, roots) ? new ApiError('INVALID_INPUT', 'path: not a folder.') : outside();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    // Do not reveal whether something exists elsewhere.
    if (!below(resolve(path), roots)) throw outside();
    throw new ApiError('INVALID_INPUT', `path: cannot be read (${errorCode(error) ?? 'unknown'}).`);
  }
  if (!below(real, roots)) throw outside();
  return real;
}

function below(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => {
    const way = relative(root, path);
    return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith(`..${sep}`));
  });
}

function outside(): ApiError {
  return new ApiError('FORBIDDEN', 'path: not inside a folder that this service may scan.');
}
