import { l10n, workspace } from 'vscode';
import type { TrackedJob } from '../../store/scanStore';
import { inertLine } from './plainText';
import { jobLabel } from './words';

/** The name of a scan's folder; undefined unless the workspace has several. */
export function folderName({ folder }: Pick<TrackedJob, 'folder'>): string | undefined {
  const folders = workspace.workspaceFolders ?? [];
  if (folder === undefined || folders.length < 2) return undefined;
  const found = folders.find(({ uri }) => uri.fsPath === folder);
  return found && inertLine(found.name, 60);
}

/** The name of a scan in messages: its label, with its folder if the workspace has several. */
export function jobName(tracked: Pick<TrackedJob, 'folder' | 'job'>): string {
  const label = jobLabel(tracked.job);
  const folder = folderName(tracked);
  return folder === undefined || folder === label ? label : l10n.t('{0} in {1}', label, folder);
}
