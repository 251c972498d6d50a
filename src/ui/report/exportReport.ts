import * as vscode from 'vscode';
import type { ReportFormat } from '../../protocol';
import type { TrackedJob } from '../../store/scanStore';
import { withGaps } from '../../findings/coverage';
import { writeCsv } from '../../findings/csv';
import type { Scans } from '../jobs/scans';
import { jobLabel } from '../words/words';

type ExportFormat = ReportFormat | 'csv';

const formats: readonly { label: string; description: string; format: ExportFormat; extension: string }[] = [
  {
    label: 'SARIF',
    description: vscode.l10n.t('2.1.0, for other viewers and code hosts'),
    format: 'sarif',
    extension: 'sarif',
  },
  { label: 'HTML', description: vscode.l10n.t('a single page to share or print'), format: 'html', extension: 'html' },
  { label: 'Markdown', description: vscode.l10n.t('for a merge request or a wiki'), format: 'md', extension: 'md' },
  { label: 'JSON', description: vscode.l10n.t('all details'), format: 'json', extension: 'json' },
  { label: 'CSV', description: vscode.l10n.t('for a spreadsheet'), format: 'csv', extension: 'csv' },
];

/**
 * Asks for a format and a file, and writes the report of a scan there.
 * @throws ServiceError when the service has no such report (any more); VS Code's error when the file cannot be written
 */
export async function exportReport(scans: Scans, tracked: TrackedJob): Promise<void> {
  const picked = await vscode.window.showQuickPick(formats, { title: vscode.l10n.t('Select an export format') });
  if (!picked) return;
  const name = `${jobLabel(tracked.job).replace(/[^\p{L}\p{N}._-]+/gu, '-')}-scan.${picked.extension}`;
  const folder = tracked.folder ?? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const uri = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export as {0}', picked.label),
    filters: { [picked.label]: [picked.extension] },
    ...(folder !== undefined && { defaultUri: vscode.Uri.joinPath(vscode.Uri.file(folder), name) }),
  });
  if (!uri) return;
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(await textOf(scans, tracked, picked.format)));
  const open = vscode.l10n.t('Open');
  const choice = await vscode.window.showInformationMessage(
    vscode.l10n.t('Report saved: {0}', vscode.workspace.asRelativePath(uri)),
    open,
  );
  if (choice === open) await vscode.commands.executeCommand('vscode.open', uri);
}

async function textOf(scans: Scans, tracked: TrackedJob, format: ExportFormat): Promise<string> {
  if (format !== 'csv') return scans.reportText(tracked.id, format);
  return writeCsv(withGaps(await scans.loadReport(tracked.id), tracked.notSent ?? []));
}
