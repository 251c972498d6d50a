import * as vscode from 'vscode';
import { CodedError } from '../../base/errors';
import { insidePath } from '../../base/insidePath';
import type { Finding } from '../../store/findings';
import { ignoreComment } from '../../store/ignoreComment';
import { movedTo, place } from '../../store/placement';
import type { Undo } from '../decisions/decisions';
import { rangeOf } from '../editor/diagnostic';

/**
 * Opens a finding where its line is now.
 * @throws CodedError with a sentence when its file is not here
 */
export async function openFinding(finding: Finding): Promise<void> {
  const { document, issue } = await locate(finding);
  // The cursor at its begin: selected whole, a finding of several lines would leave it at the last.
  const { start } = document.validateRange(rangeOf(issue));
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(start, start), preview: true });
}

/**
 * Writes the comment that has the engines leave a finding out, and shows it. The file is not saved: the user sees it first.
 * @returns takes it back; throws CodedError CHANGED when its lines are not what they were
 * @throws CodedError with a sentence when its file is not here, its line has changed, or there is no such comment
 */
export async function ignoreHere(finding: Finding): Promise<Undo> {
  const { document, issue, stale } = await locate(finding);
  if (stale) throw new CodedError('CHANGED', vscode.l10n.t('The line has changed since the scan. Scan again first.'));
  const line = document.lineAt(Math.min(issue.line, document.lineCount) - 1);
  const comment = ignoreComment(issue, line.text);
  if (!comment) {
    const who = [issue.tool, ...(issue.also_found_by ?? [])].join(', ');
    throw new CodedError(
      'NO_COMMENT',
      vscode.l10n.t(
        'Ignore comments of {0} do not work in this kind of file. Add the finding to the baseline instead.',
        who,
      ),
    );
  }
  const edit = new vscode.WorkspaceEdit();
  const eol = document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
  if (comment.line !== undefined) edit.replace(document.uri, line.range, comment.line);
  if (comment.before !== undefined) edit.insert(document.uri, line.range.start, `${comment.before}${eol}`);
  await vscode.workspace.applyEdit(edit);
  const first = line.lineNumber;
  const written = new vscode.Range(first, 0, comment.before === undefined ? first : first + 1, Number.MAX_SAFE_INTEGER);
  const now = document.getText(document.validateRange(written));
  // The comment, not what it is about: that is what is new.
  const end = document.lineAt(first).range.end;
  await vscode.window.showTextDocument(document, { preview: false, selection: new vscode.Range(end, end) });
  return async () => {
    const range = document.validateRange(written);
    if (document.isClosed || document.getText(range) !== now)
      throw new CodedError('CHANGED', vscode.l10n.t('The file has changed since then. Remove the comment by hand.'));
    const back = new vscode.WorkspaceEdit();
    back.replace(document.uri, range, line.text);
    await vscode.workspace.applyEdit(back);
  };
}

async function locate({ folder, issue, source }: Finding) {
  if (folder === undefined) {
    throw new CodedError(
      'NOT_HERE',
      vscode.l10n.t(
        'The code of {0} is not open in this window, because the scan cloned it. Open the report instead.',
        source,
      ),
    );
  }
  const inside = await insidePath(folder, issue.file);
  if (typeof inside === 'string') {
    throw new CodedError(
      'NOT_HERE',
      inside === 'missing'
        ? vscode.l10n.t('{0} no longer exists.', issue.file)
        : vscode.l10n.t('{0} links to a place outside the folder.', issue.file),
    );
  }
  const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(vscode.Uri.file(folder), issue.file));
  const { line, stale } = place(issue, document.getText().split('\n'));
  return { document, issue: movedTo(issue, line), stale };
}
