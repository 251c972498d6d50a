import * as vscode from 'vscode';
import { CodedError } from '../../base/errors';
import { insidePath } from '../../base/insidePath';
import type { Finding } from '../../store/findings';
import { movedTo, place } from '../../store/placement';
import { rangeOf } from '../diagnostics';

/**
 * Opens a finding where its line is now.
 * @throws CodedError with a sentence when its file is not here
 */
export async function openFinding({ folder, issue, source }: Finding): Promise<void> {
  if (folder === undefined) {
    throw new CodedError(
      'NOT_HERE',
      `The code of ${source} is not in this window: the scan cloned it. See its report.`,
    );
  }
  const inside = await insidePath(folder, issue.file);
  if (typeof inside === 'string') {
    const why = inside === 'missing' ? 'is not there any more' : 'lies outside the folder, behind a link';
    throw new CodedError('NOT_HERE', `${issue.file} ${why}.`);
  }
  const document = await vscode.workspace.openTextDocument(vscode.Uri.joinPath(vscode.Uri.file(folder), issue.file));
  const { line } = place(issue, document.getText().split('\n'));
  const range = document.validateRange(rangeOf(movedTo(issue, line)));
  await vscode.window.showTextDocument(document, { selection: range, preview: true });
}
