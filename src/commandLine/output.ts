import { stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CodedError } from '../base/errors';

/** @throws CodedError USAGE when the output file is a folder, or its folder does not exist */
export async function checkOutput(output: string | undefined): Promise<void> {
  if (output === undefined) return;
  if (await isFolder(output))
    throw new CodedError('USAGE', `${output} is a folder, so the report cannot be written there. Name a file in it.`);
  if (!(await isFolder(dirname(output))))
    throw new CodedError('USAGE', `${dirname(output)} is not a folder, so the report cannot be written there.`);
}

/** Writes a report to a file, or to stdout. */
export async function writeOutput(text: string, output: string | undefined): Promise<void> {
  if (output === undefined) {
    // Errors of stdout are handled in main.ts.
    await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
  } else {
    // Not atomically: the output may be a link or a device, and its permissions are up to the user.
    await writeFile(output, text);
  }
}

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
