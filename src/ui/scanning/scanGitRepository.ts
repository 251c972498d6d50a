import * as vscode from 'vscode';
import type { Scans } from '../jobs/scans';
import { config } from '../manifest/config';
import { settings } from '../manifest/ids';

/** Asks for a repository and scans it, locally or remotely like Scan Workspace. */
export async function scanGitRepository(scans: Scans): Promise<void> {
  const url = await vscode.window.showInputBox({
    title: vscode.l10n.t('Scan Git Repository (1/2)'),
    prompt: vscode.l10n.t('The URL of a Git repository.'),
    placeHolder: 'https://github.com/owner/repository',
    ignoreFocusOut: true,
    validateInput: (text) =>
      /^(https|ssh|file):\/\/\S+$|^[\w.-]+@[\w.-]+:\S+$/.test(text.trim())
        ? undefined
        : vscode.l10n.t('Enter the https or ssh URL of a Git repository'),
  });
  if (url === undefined) return;
  const ref = await vscode.window.showInputBox({
    title: vscode.l10n.t('Scan Git Repository (2/2)'),
    prompt: vscode.l10n.t('A branch or tag. Leave empty for the default branch.'),
    ignoreFocusOut: true,
  });
  if (ref === undefined) return;
  const label =
    url
      .trim()
      .split(/[/:]/)
      .at(-1)
      ?.replace(/\.git$/, '') ?? url;
  scans.start({
    service: config.get(settings.scanMode) === 'remote' ? 'remote' : 'embedded',
    request: { source: { kind: 'git', url: url.trim() }, ...(ref.trim() !== '' && { ref: ref.trim() }) },
    label,
  });
}
