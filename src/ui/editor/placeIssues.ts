import * as vscode from 'vscode';
import { readTextBounded } from '../../base/boundedFile';
import { CodedError } from '../../base/errors';
import { insidePath } from '../../base/insidePath';
import type { Issue } from '../../protocol';
import { movedTo, place } from '../../store/placement';

/** Maximum size of a file in bytes: no larger file is scanned. */
const maxBytes = 8 * 1024 * 1024;

/**
 * The current lines of a scanned file: from its editor if it is open, otherwise from disk.
 * @returns no lines if it is gone; undefined if the path leads out of the folder
 * @throws Node's error if the folder cannot be read
 */
export async function currentLines(folder: string, path: string): Promise<readonly string[] | undefined> {
  const found = await insidePath(folder, path);
  if (found === 'outside') return undefined;
  return found === 'missing' ? [] : (await currentText(uriOf(folder, path), found.file)).split('\n');
}

export function uriOf(folder: string, path: string): vscode.Uri {
  return vscode.Uri.joinPath(vscode.Uri.file(folder), path);
}

/** Moves a finding to its current line. @returns whether its line could not be found, since the file has changed */
export function placedIn(issue: Issue, lines: readonly string[]): { issue: Issue; changed: boolean } {
  const { line, stale } = place(issue, lines);
  return { issue: movedTo(issue, line), changed: stale };
}

/** A finding whose message says that its code has changed. */
export function markedAsChanged(issue: Issue): Issue {
  return { ...issue, message: vscode.l10n.t('{0} (the file has changed since the scan)', issue.message) };
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
