import { stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CodedError } from '../base/errors';

/** @throws CodedError USAGE when a report cannot be written to such a file */
export async function checkOutput(output: string | undefined): Promise<void> {
  if (output !== undefined && !(await isFolder(dirname(output))))
    throw new CodedError('USAGE', `${dirname(output)} is not a folder that the report could be written to.`);
}

/** Writes a report to a file, or to stdout when there is none. */
export async function deliver(text: string, output: string | undefined): Promise<void> {
  if (output === undefined) {
    // What goes wrong with stdout is told where the process listens to it.
    await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
  } else {
    // Not by renaming: the output may be a link or a device, and its permissions are the user's to choose.
    await writeFile(output, text);
  }
}

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
