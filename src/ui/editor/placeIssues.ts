import * as vscode from 'vscode';
import { readTextBounded } from '../../base/boundedFile';
import { CodedError } from '../../base/errors';
import { insidePath } from '../../base/insidePath';
import type { Issue } from '../../protocol';
import { movedTo, place } from '../../store/placement';

/** A larger file is no code that was scanned. Bytes. */
const maxBytes = 8 * 1024 * 1024;

/**
 * The lines of a scanned file as it is now: in the editor, or else on disk.
 * @returns none when it is gone; undefined when the path leads out of the folder
 * @throws Node's error when the folder cannot be read
 */
export async function currentLines(folder: string, path: string): Promise<readonly string[] | undefined> {
  const found = await insidePath(folder, path);
  if (found === 'outside') return undefined;
  return found === 'missing' ? [] : (await currentText(uriOf(folder, path), found.file)).split('\n');
}

export function uriOf(folder: string, path: string): vscode.Uri {
  return vscode.Uri.joinPath(vscode.Uri.file(folder), path);
}

/** A finding where it stands in its file now. Where that is not certain its message says so. */
export function placedIn(issue: Issue, lines: readonly string[]): Issue {
  const { line, stale } = place(issue, lines);
  const moved = movedTo(issue, line);
  if (!stale) return moved;
  return { ...moved, message: vscode.l10n.t('{0} (the file has changed since the scan)', issue.message) };
}

async function currentText(uri: vscode.Uri, file: string): Promise<string> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open) return open.getText();
  try {
    return await readTextBounded(file, { maxBytes });
  } catch (error) {
    if (error instanceof CodedError) return '';
    throw error;
  }
}
