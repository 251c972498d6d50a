import { readFile, stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { insidePath } from '../base/insidePath';
import type { Issue } from '../protocol';
import { movedTo, place } from '../store/placement';

/** A larger file is no code that was scanned. Bytes. */
const maxBytes = 8 * 1024 * 1024;
const staleNote = '(the file has changed since the scan)';

/**
 * The findings of one file where they stand in it now: as it is in the editor, or else on disk. Where that is not certain their message says so.
 * @returns undefined when the path leads out of the folder
 * @throws Node's error when the folder cannot be read
 */
export async function placeIssues(
  folder: string,
  path: string,
  issues: readonly Issue[],
): Promise<readonly Issue[] | undefined> {
  const found = await insidePath(folder, path);
  if (found === 'outside') return undefined;
  const text = found === 'missing' ? '' : await currentText(vscode.Uri.joinPath(vscode.Uri.file(folder), path), found);
  const lines = text.split('\n');
  return issues.map((issue) => {
    const { line, stale } = place(issue, lines);
    const moved = movedTo(issue, line);
    return stale ? { ...moved, message: `${issue.message} ${staleNote}` } : moved;
  });
}

async function currentText(uri: vscode.Uri, { file }: { file: string }): Promise<string> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open) return open.getText();
  const info = await stat(file);
  return info.isFile() && info.size <= maxBytes ? readFile(file, 'utf8') : '';
}
