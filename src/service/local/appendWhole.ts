import { open } from 'node:fs/promises';

/**
 * Appends to a file that nobody else writes to, all or nothing: a full disk may store half a line, and the next write must start on a new line.
 * @throws Node's file errors
 */
export async function appendWhole(path: string, text: string): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    const { size } = await file.stat();
    try {
      await file.writeFile(text);
    } catch (error) {
      await file.truncate(size).catch(() => undefined);
      throw error;
    }
  } finally {
    await file.close();
  }
}
