import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, sep } from 'node:path';
import type { ToolSettings } from '../../protocol';

/** A program that was found. */
export interface Program {
  readonly path: string;
  /** Changes when the file does. */
  readonly stamp: string;
}

const onWindows = process.platform === 'win32';

/**
 * Finds a tool's program: at the configured path, else in the virtual environment of `folder`, else on PATH. Programs inside `folder` are code of
 * the scanned tree, and are ignored without `workspacePrograms`.
 * @param folder the scanned folder; undefined for a clone or an upload, whose programs nobody has agreed to run
 */
export async function locate(
  name: string,
  set: string | undefined,
  settings: Pick<ToolSettings, 'workspacePrograms'>,
  folder: string | undefined,
): Promise<Program | undefined> {
  const fixed = set ?? (/[\\/]/.test(name) ? name : undefined);
  if (fixed !== undefined) return isAbsolute(fixed) ? program(fixed) : undefined;
  const own = settings.workspacePrograms && folder !== undefined;
  const scripts = onWindows ? 'Scripts' : 'bin';
  const environments = own ? ['.venv', 'venv'].map((environment) => join(folder, environment, scripts)) : [];
  const top = folder === undefined ? undefined : await realpath(folder).catch(() => folder);
  for (const place of [...environments, ...(process.env['PATH'] ?? '').split(delimiter)]) {
    if (!isAbsolute(place)) continue;
    const found = await program(join(place, onWindows ? `${name}.exe` : name));
    if (!found) continue;
    // A PATH entry inside the scanned tree, or a link into it.
    if (!own && top !== undefined && (await isInside(found.path, top))) continue;
    return found;
  }
  return undefined;
}

async function program(path: string): Promise<Program | undefined> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    await access(path, constants.X_OK);
    if (!(await stat(path)).isFile()) return undefined;
    return { path, stamp: `${size}:${mtimeMs}:${ino}` };
  } catch {
    // Missing or not accessible: try the next location.
    return undefined;
  }
}

async function isInside(path: string, folder: string): Promise<boolean> {
  const prefix = folder.endsWith(sep) ? folder : folder + sep;
  return path.startsWith(prefix) || (await realpath(path)).startsWith(prefix);
}
