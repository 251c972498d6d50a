import * as vscode from 'vscode';
import type { Imports } from '../jobs/imports';
import { commands } from '../manifest/ids';
import { registerCommand } from '../window/command';
import type { WindowContext } from '../window/windowContext';

/** Registers the import of SARIF files. */
export function registerImportSarif(context: WindowContext): void {
  registerCommand(context, commands.importSarif, () => importSarif(context.imports));
}

/** Asks for SARIF files and imports them. @throws CodedError if one cannot be imported */
async function importSarif(imports: Imports): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Import SARIF'),
    openLabel: vscode.l10n.t('Import'),
    canSelectMany: true,
    filters: { [vscode.l10n.t('SARIF files')]: ['sarif', 'json'] },
    ...(folder && { defaultUri: folder }),
  });
  for (const { fsPath } of picked ?? []) await imports.add(fsPath);
}
