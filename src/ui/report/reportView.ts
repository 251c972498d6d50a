import { isAbsolute, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import { errorMessage } from '../../base/errors';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Report } from '../../protocol';
import { fromReport, reportState, type FromReport, type ToReport } from '../../protocol/reportPanel';
import type { Finding } from '../../store/findings';
import { place } from '../../store/placement';
import type { ScanStore, TrackedJob } from '../../store/scanStore';
import { currentLines } from '../editor/placeIssues';
import { openFinding } from '../findings/openFinding';
import { commands } from '../manifest/ids';
import { webviews } from '../manifest/keys';
import type { Scans } from '../jobs/scans';
import { hasReport, pickJob } from '../jobs/pickJob';
import { registerCommand, showingErrors } from '../window/command';
import type { WindowContext } from '../window/windowContext';
import { showPage } from '../webviews/webviewPage';
import { jobLabel } from '../words/words';
import { exportReport } from './exportReport';
import { reportModelOf, shownPath } from './model';
import { reportTexts } from './texts';

/** Registers the report panels and the commands that open and export a report. */
export function registerReports(context: WindowContext): void {
  const { scans, store } = context;
  const reports = new ReportView(context.extensionUri, scans, store, context.log);
  context.subscriptions.push(reports);
  registerCommand(context, commands.openReport, async (argument) => {
    const tracked = await pickJob(store, argument, {
      matches: hasReport,
      title: vscode.l10n.t('Select a scan to open its report'),
      none: vscode.l10n.t('No scan has completed yet.'),
    });
    if (tracked) reports.show(tracked.id);
  });
  registerCommand(context, commands.exportReport, async (argument) => {
    const tracked = await pickJob(store, argument, {
      matches: hasReport,
      title: vscode.l10n.t('Select a scan to export its report'),
      none: vscode.l10n.t('No scan has completed yet.'),
    });
    if (tracked) await exportReport(scans, tracked, store.jobs);
  });
}

/** Shows reports, one panel per job. A panel keeps its job ID and filter across reloads. */
export class ReportView implements Disposable, vscode.WebviewPanelSerializer {
  readonly #disposables = new DisposableStore();
  readonly #panels = new Map<string, vscode.WebviewPanel>();
  /** Absolute path of the file that was last in the editor. */
  #currentFile = vscode.window.activeTextEditor?.document.uri.fsPath;

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly scans: Scans,
    private readonly store: ScanStore,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.#disposables.add(vscode.window.registerWebviewPanelSerializer(webviews.report, this));
    this.#disposables.add(
      store.onChange(({ action, job, from, to }) => {
        // After a reload, the panel may exist before its job.
        if (action === 'tracked' && job && this.#panels.has(job.id)) void this.#load(job.id);
        if ((from !== to && to === 'completed') || action === 'removed')
          for (const id of this.#panels.keys()) this.#sendNotes(id);
      }),
    );
    this.#disposables.add(
      vscode.window.onDidChangeActiveTextEditor((editor) => {
        // When a report comes to the front, the previously open file stays the current one.
        if (editor?.document.uri.scheme !== 'file') return;
        this.#currentFile = editor.document.uri.fsPath;
        for (const id of this.#panels.keys()) this.#sendCurrentFile(id);
      }),
    );
  }

  /** Opens a job's report, or brings it to the front. */
  show(id: string): void {
    const open = this.#panels.get(id);
    if (open) {
      open.reveal();
      return;
    }
    const tracked = this.store.get(id);
    const title = tracked ? vscode.l10n.t('Scan Report: {0}', jobLabel(tracked.job)) : vscode.l10n.t('Scan Report');
    const column = vscode.ViewColumn.Active;
    this.#attach(vscode.window.createWebviewPanel(webviews.report, title, column, { enableFindWidget: true }), id);
  }

  /** Restores a panel after a reload of the window. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const parsed = reportState.safeParse(state);
    if (parsed.success && !this.#panels.has(parsed.data.jobId)) this.#attach(panel, parsed.data.jobId);
    else panel.dispose();
    return Promise.resolve();
  }

  dispose(): void {
    this.#disposables.dispose();
    for (const panel of this.#panels.values()) panel.dispose();
  }

  #attach(panel: vscode.WebviewPanel, id: string): void {
    this.#panels.set(id, panel);
    panel.onDidDispose(() => this.#panels.delete(id));
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const parsed = fromReport.safeParse(message);
      if (parsed.success) void showingErrors(this.log, () => this.#on(id, parsed.data));
      else this.log.warn(`The report panel sent an invalid message: ${parsed.error.message}`);
    });
    showPage(panel, this.extensionUri, {
      script: 'report.js',
      styles: ['panel.css', 'report.css'],
      texts: reportTexts(),
    });
  }

  async #on(id: string, message: FromReport): Promise<void> {
    switch (message.type) {
      case 'ready':
        return this.#load(id);
      case 'open': {
        const finding = this.#finding(id, message.index);
        return finding && openFinding(finding);
      }
      case 'looked':
        return this.#sendStale(id, message.index);
      case 'showFindings':
        return vscode.commands.executeCommand(commands.showFindings, { kind: 'job', id });
      case 'exportReport':
        return vscode.commands.executeCommand(commands.exportReport, { kind: 'job', id });
    }
  }

  /** Sends the report, or the reason why there is none. */
  async #load(id: string): Promise<void> {
    try {
      const report = await this.scans.loadReport(id);
      const tracked = this.store.get(id);
      if (tracked) this.#post(id, { type: 'model', model: reportModelOf(tracked, report, this.store.jobs) });
      this.#sendCurrentFile(id);
      this.#sendNotes(id);
    } catch (error) {
      this.log.warn(`Could not show the report of ${id}: ${errorMessage(error)}`);
      this.#post(id, { type: 'notes', notes: [vscode.l10n.t('Could not show the report: {0}', errorMessage(error))] });
    }
  }

  #sendNotes(id: string): void {
    const tracked = this.store.get(id);
    if (tracked?.report) this.#post(id, { type: 'notes', notes: notesOf(tracked, tracked.report, this.store.jobs) });
  }

  #sendCurrentFile(id: string): void {
    const folder = this.store.get(id)?.folder;
    const path = folder === undefined || this.#currentFile === undefined ? '' : relative(folder, this.#currentFile);
    const isInside = path !== '' && !path.startsWith('..') && !isAbsolute(path);
    this.#post(id, { type: 'currentFile', path: isInside ? shownPath(path.replaceAll(sep, '/')) : '' });
  }

  /** Marks the findings in a file whose lines have changed since the scan. */
  async #sendStale(id: string, index: number): Promise<void> {
    const tracked = this.store.get(id);
    const finding = this.#finding(id, index);
    if (!tracked?.report || tracked.folder === undefined || !finding) return;
    const { file } = finding.issue;
    const lines = await currentLines(tracked.folder, file);
    const all = issuesOf(tracked.report);
    const indexes = all.flatMap((issue, at) =>
      issue.file === file && (lines === undefined || lines.length === 0 || place(issue, lines).stale) ? [at] : [],
    );
    this.#post(id, { type: 'stale', indexes });
  }

  #finding(id: string, index: number): Finding | undefined {
    const tracked = this.store.get(id);
    const issue = tracked?.report && issuesOf(tracked.report)[index];
    if (!issue) return undefined;
    const { job, folder } = tracked;
    return { id: `${id}:${index}`, job: id, source: jobLabel(job), folder, issue, state: 'open' };
  }

  #post(id: string, message: ToReport): void {
    void this.#panels.get(id)?.webview.postMessage(message);
  }
}

function issuesOf({ files }: Report) {
  return files.flatMap((file) => file.issues);
}

/** @param jobs newest first */
function notesOf(tracked: TrackedJob, { meta }: Report, jobs: readonly TrackedJob[]): string[] {
  const newer = jobs.slice(0, Math.max(0, jobs.indexOf(tracked)));
  const isOld = newer.some(
    ({ folder, job, origin, request }) =>
      job.status === 'completed' &&
      folder !== undefined &&
      folder === tracked.folder &&
      !request?.include?.length &&
      // An import is outdated by another import of the same file, not by a scan.
      (origin.service === 'imported' ? origin.url : '') ===
        (tracked.origin.service === 'imported' ? tracked.origin.url : ''),
  );
  return [
    ...(meta.partial ? [vscode.l10n.t('Partial: the scan ended early. These are its findings up to that point.')] : []),
    ...(isOld ? [vscode.l10n.t('Out of date: this folder has been scanned again since.')] : []),
  ];
}
