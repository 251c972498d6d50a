import * as vscode from 'vscode';
import { CodedError } from '../../base/errors';
import type { Scans } from '../jobs/scans';
import { config } from '../manifest/config';
import { settings } from '../manifest/ids';

/**
 * Scans the folders of the workspace, or those that the user picks.
 * @param mode where to scan; by default, what the settings say
 * @throws CodedError if there is no folder, or only a virtual one
 */
export async function scanWorkspace(scans: Scans, mode?: 'local' | 'remote'): Promise<void> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0)
    throw new CodedError('NO_FOLDER', vscode.l10n.t('There is nothing to scan. Open a folder first.'));
  for (const folder of await chooseFolders(folders)) {
    if (folder.uri.scheme !== 'file') {
      throw new CodedError(
        'UNSUPPORTED',
        vscode.l10n.t('{0} is a virtual folder. Only files on disk can be scanned.', folder.name),
      );
    }
    scans.start({
      service: (mode ?? config.get(settings.scanMode, folder.uri)) === 'remote' ? 'remote' : 'embedded',
      request: { source: { kind: 'path', path: folder.uri.fsPath } },
      label: folder.name,
      folder: folder.uri.fsPath,
    });
  }
}

/** The only folder of the workspace, or those that the user picks. */
async function chooseFolders(folders: readonly vscode.WorkspaceFolder[]): Promise<readonly vscode.WorkspaceFolder[]> {
  if (folders.length === 1) return folders;
  const items = folders.map((folder) => ({ label: folder.name, description: folder.uri.fsPath, picked: true, folder }));
  const picked = await vscode.window.showQuickPick(items, {
    canPickMany: true,
    title: vscode.l10n.t('Select the folders to scan'),
  });
  return picked?.map((item) => item.folder) ?? [];
}
