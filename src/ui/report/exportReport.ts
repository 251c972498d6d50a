import * as vscode from 'vscode';
import type { Report, ReportFormat } from '../../protocol';
import type { TrackedJob } from '../../store/scanStore';
import { withGaps } from '../../findings/coverage';
import { writeCsv } from '../../findings/csv';
import { writeHtml } from '../../findings/html';
import { filesOfFixes } from '../../findings/htmlFix';
import { ScannedFiles, scanStart } from '../editor/scannedFiles';
import type { Scans } from '../jobs/scans';
import { jobLabel } from '../words/words';
import { trendOf } from './model';

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
 * Asks for a format and a file, and writes the report of a scan to it.
 * @param jobs all of the window, newest first
 * @throws ServiceError if the service has no such report; VS Code's error if the file cannot be written
 */
export async function exportReport(scans: Scans, tracked: TrackedJob, jobs: readonly TrackedJob[]): Promise<void> {
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
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(await textOf(scans, tracked, jobs, picked.format)));
  const open = vscode.l10n.t('Open');
  const choice = await vscode.window.showInformationMessage(
    vscode.l10n.t('Report saved: {0}', vscode.workspace.asRelativePath(uri)),
    open,
  );
  if (choice !== open) return;
  // A page is to be read and printed, not its source. A browser cannot reach another machine's files.
  if (picked.format === 'html' && uri.scheme === 'file' && vscode.env.remoteName === undefined)
    await vscode.env.openExternal(uri);
  else await vscode.commands.executeCommand('vscode.open', uri);
}

async function textOf(
  scans: Scans,
  tracked: TrackedJob,
  jobs: readonly TrackedJob[],
  format: ExportFormat,
): Promise<string> {
  if (format !== 'csv' && format !== 'html') return scans.reportText(tracked.id, format);
  const report = withGaps(await scans.loadReport(tracked.id), tracked.notSent ?? []);
  if (format === 'csv') return writeCsv(report);
  return writeHtml(report, { texts: await textsOf(tracked, report), trend: trendOf(tracked, jobs) });
}

/** The files that fixes change and that have not changed since the scan. */
async function textsOf(tracked: TrackedJob, report: Report): Promise<ReadonlyMap<string, string>> {
  if (tracked.folder === undefined) return new Map();
  const paths = [...filesOfFixes(report.files.flatMap(({ issues }) => issues))];
  // Of an imported log, it is not known when its code was scanned.
  const start = tracked.origin.service === 'imported' ? undefined : scanStart(tracked);
  const fileOf = await new ScannedFiles(tracked.folder, { start }).load(paths);
  return new Map(
    paths.flatMap((path) => {
      const scanned = fileOf(path)?.scanned;
      return scanned ? [[path, scanned.text] as const] : [];
    }),
  );
}
