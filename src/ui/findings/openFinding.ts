import * as vscode from 'vscode';
import { CodedError } from '../../base/errors';
import { insidePath } from '../../base/insidePath';
import type { Finding } from '../../store/findings';
import { ignoreComment } from '../../store/ignoreComment';
import { movedTo, place } from '../../store/placement';
import type { Undo } from '../decisions/decisions';
import { rangeOf } from '../editor/diagnostic';

/**
 * Opens a finding at its current line, in preview.
 * @throws CodedError if its file does not exist here
 */
export async function openFinding(finding: Finding, { preserveFocus = false } = {}): Promise<void> {
  const { document, issue } = await locate(finding);
  // Only place the cursor at its start: selecting a finding of several lines would move it to the last one.
  const { start } = document.validateRange(rangeOf(issue));
  await vscode.window.showTextDocument(document, {
    selection: new vscode.Range(start, start),
    preview: true,
    preserveFocus,
  });
}

/**
 * Inserts the ignore comment for a finding and shows it. The file is not saved, so that the user can review it first.
 * @returns undoes it; throws CodedError CHANGED if the lines have changed
 * @throws CodedError if the file does not exist here, the line has changed, or there is no such comment
 */
export async function ignoreHere(finding: Finding): Promise<Undo> {
  const { document, issue, stale } = await locate(finding);
  if (stale) throw new CodedError('CHANGED', vscode.l10n.t('The line has changed since the scan. Scan again first.'));
  const line = document.lineAt(Math.min(issue.line, document.lineCount) - 1);
  const comment = ignoreComment(issue, line.text);
  if (comment === undefined)
    throw new CodedError(
      'NO_COMMENT',
      vscode.l10n.t('This kind of file has no comments. Add the finding to the baseline instead.'),
    );
  const edit = new vscode.WorkspaceEdit();
  const eol = document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
  edit.insert(document.uri, line.range.start, `${comment}${eol}`);
  await vscode.workspace.applyEdit(edit);
  const first = line.lineNumber;
  const commentRange = new vscode.Range(first, 0, first + 1, Number.MAX_SAFE_INTEGER);
  const inserted = document.getText(document.validateRange(commentRange));
  // Show the comment rather than the finding, since it is new.
  const end = document.lineAt(first).range.end;
  await vscode.window.showTextDocument(document, { preview: false, selection: new vscode.Range(end, end) });
  return async () => {
    const range = document.validateRange(commentRange);
    if (document.isClosed || document.getText(range) !== inserted)
      throw new CodedError('CHANGED', vscode.l10n.t('The file has changed since then. Remove the comment by hand.'));
    const undo = new vscode.WorkspaceEdit();
    undo.replace(document.uri, range, line.text);
    await vscode.workspace.applyEdit(undo);
  };
}

async function locate(finding: Finding) {
  const { issue } = finding;
  const document = await openFile(finding, issue.file);
  const { line, stale } = place(issue, document.getText().split('\n'));
  return { document, issue: movedTo(issue, line), stale };
}

/**
 * Opens a file of a finding's scan.
 * @param path relative to the folder of the scan
 * @throws CodedError if it does not exist here
 */
export async function openFile({ folder, source }: Finding, path: string): Promise<vscode.TextDocument> {
  if (folder === undefined) {
    throw new CodedError(
      'NOT_HERE',
      vscode.l10n.t(
        'The code of {0} is not open in this window, because the scan cloned it. Open the report instead.',
        source,
      ),
    );
  }
  const inside = await insidePath(folder, path);
  if (typeof inside === 'string') {
    throw new CodedError(
      'NOT_HERE',
      inside === 'missing'
        ? vscode.l10n.t('{0} no longer exists.', path)
        : vscode.l10n.t('{0} links to a place outside the folder.', path),
    );
  }
  return vscode.workspace.openTextDocument(vscode.Uri.joinPath(vscode.Uri.file(folder), path));
}
