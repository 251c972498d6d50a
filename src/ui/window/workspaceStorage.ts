import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * The folder for a workspace's files, the same after each reload. VS Code gives a window a folder of its own, `<id>-1` to `<id>-9`, while the
 * extension host of the window before still holds the lock of `<id>`, as after a fast reload (its extHostStoragePaths.ts): the scans would be gone.
 * @param given the extension's folder in the workspace's storage, as VS Code names it
 */
export function workspaceStorage(given: string): string {
  const first = join(dirname(given).replace(/-[1-9]$/, ''), basename(given));
  return existsSync(first) ? first : given;
}
