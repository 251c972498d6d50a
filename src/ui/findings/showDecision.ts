import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import type { Finding } from '../../store/findings';
import { settings } from '../manifest/ids';
import { oneLine } from '../words/plainText';
import { openFile } from './openFinding';

/**
 * Says why a finding is suppressed, and opens the decision: a comment, the configuration, the baseline, or the settings.
 * @throws CodedError if the file is not available
 */
export async function showDecision(finding: Finding): Promise<void> {
  const { state, decision, setting } = finding;
  if (state === 'open') {
    void vscode.window.showInformationMessage(vscode.l10n.t('Nothing hides this finding.'));
    return;
  }
  if (setting) {
    const { id } = settings[setting];
    void vscode.window.showInformationMessage(vscode.l10n.t('Hidden by the setting {0}.', id));
    await vscode.commands.executeCommand('workbench.action.openSettings', id);
    return;
  }
  if (!decision) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Your settings ignore its rule.'));
    await vscode.commands.executeCommand('workbench.action.openSettings', settings.ignoredRules.id);
    return;
  }
  const { file, line = 1, reason } = decision;
  const why = oneLine(reason ?? '', 300);
  if (file === undefined) {
    const text = vscode.l10n.t('The report marks this finding as suppressed.');
    void vscode.window.showInformationMessage(why === '' ? text : `${text} ${why}`);
    return;
  }
  const place = oneLine(`${file}:${line}`, 300);
  void vscode.window.showInformationMessage(
    why === '' ? vscode.l10n.t('Hidden by {0}.', place) : vscode.l10n.t('Hidden by {0}: {1}', place, why),
  );
  // A configuration given on the command line may be anywhere.
  if (isAbsolute(file)) return;
  const document = await openFile(finding, file);
  const at = document.lineAt(Math.min(line, document.lineCount) - 1).range.start;
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(at, at), preview: true });
}
