import { l10n, workspace } from 'vscode';
import type { TrackedJob } from '../store/scanStore';
import { inertLine } from './plainText';
import { jobLabel } from './words';

/** The name of a scan's folder where a message has to say which: in a workspace of several. */
export function folderName({ folder }: Pick<TrackedJob, 'folder'>): string | undefined {
  const folders = workspace.workspaceFolders ?? [];
  if (folder === undefined || folders.length < 2) return undefined;
  const found = folders.find(({ uri }) => uri.fsPath === folder);
  return found && inertLine(found.name, 60);
}

/** What messages call a scan: its label, and the folder that it is in where there are several. */
export function jobName(tracked: Pick<TrackedJob, 'folder' | 'job'>): string {
  const label = jobLabel(tracked.job);
  const folder = folderName(tracked);
  return folder === undefined || folder === label ? label : l10n.t('{0} in {1}', label, folder);
}
