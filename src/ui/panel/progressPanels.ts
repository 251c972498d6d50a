import * as vscode from 'vscode';
import { errorMessage } from '../../base/errors';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import { isTerminal } from '../../protocol';
import { fromPanel, panelState, type PanelAction, type ToPanel } from '../../protocol/panel';
import { gapCountOf } from '../../store/coverage';
import type { ScanStore, StoreChange } from '../../store/scanStore';
import { config } from '../manifest/config';
import { commands, settings } from '../manifest/ids';
import { webviews } from '../manifest/keys';
import type { Scans } from '../jobs/scans';
import { jobLabel } from '../words/words';
import { jobIdOf, pickJob } from '../jobs/pickJob';
import { registerCommand } from '../window/command';
import type { WindowContext } from '../window/windowContext';
import { showPage } from '../webviews/webviewPage';
import { modelOf } from './model';
import { panelTexts } from './texts';

const commandOf: Record<Exclude<PanelAction, 'ready'>, string> = {
  cancel: commands.cancelScan,
  rerun: commands.rerunScan,
  showFindings: commands.showFindings,
  openReport: commands.openReport,
  exportReport: commands.exportReport,
  showLog: commands.showLog,
};

/** Registers the Scan Progress panels and the commands that open them. */
export function registerProgressPanels(context: WindowContext): ProgressPanels {
  const { scans, store } = context;
  const panels = new ProgressPanels(context.extensionUri, scans, store, context.log);
  context.subscriptions.push(panels);
  registerCommand(context, commands.showProgress, async (argument) => {
    // From the palette, offer only running scans if there are includeEnded.
    const includeEnded = jobIdOf(argument) !== undefined || store.running.length === 0;
    const tracked = await pickJob(store, argument, {
      matches: ({ job }) => includeEnded || !isTerminal(job.status),
      title: vscode.l10n.t('Select a scan to show its progress'),
      none: vscode.l10n.t('There are no scans yet.'),
    });
    if (tracked) panels.show(tracked.id);
  });
  registerCommand(context, commands.showGaps, async (argument) => {
    const tracked = await pickJob(store, argument, {
      matches: (one) => gapCountOf(one) > 0,
      title: vscode.l10n.t('Select a scan to show its gaps'),
      none: vscode.l10n.t('No scan has gaps.'),
    });
    if (!tracked) return;
    // The gaps are in the report, which has to be fetched for a job of an earlier window.
    await scans.loadReport(tracked.id);
    panels.show(tracked.id);
  });
  return panels;
}

/** The Scan Progress panels, one per job. Each renders the store. */
export class ProgressPanels implements Disposable, vscode.WebviewPanelSerializer {
  readonly #disposables = new DisposableStore();
  readonly #panels = new Map<string, vscode.WebviewPanel>();

  constructor(
    private readonly extensionUri: vscode.Uri,
    private readonly scans: Scans,
    private readonly store: ScanStore,
    private readonly log: Logger,
  ) {
    this.#disposables.add(vscode.window.registerWebviewPanelSerializer(webviews.progress, this));
    this.#disposables.add(store.onChange((change) => this.#onChange(change)));
  }

  /** Opens the job's panel, or brings it to the front. */
  show(id: string): void {
    const open = this.#panels.get(id);
    if (open) {
      open.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(webviews.progress, this.#title(id), vscode.ViewColumn.Active, {
      // To play the sound while it is hidden, it has to stay loaded.
      retainContextWhenHidden: config.get(settings.completionSound),
    });
    this.#attach(panel, id);
  }

  /** Plays a sound in the job's panel or, if that is not loaded, in another one. Without an open panel, nothing is played. */
  async chime(id: string, success: boolean): Promise<void> {
    const own = this.#panels.get(id);
    const message: ToPanel = { type: 'chime', well: success };
    for (const panel of [...(own ? [own] : []), ...this.#panels.values()])
      if (await panel.webview.postMessage(message)) return;
  }

  /** Restores a panel after a reload of the window. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const parsed = panelState.safeParse(state);
    if (parsed.success && !this.#panels.has(parsed.data.jobId)) this.#attach(panel, parsed.data.jobId);
    else panel.dispose();
    return Promise.resolve();
  }

  dispose(): void {
    this.#disposables.dispose();
    for (const panel of this.#panels.values()) panel.dispose();
  }

  #title(id: string): string {
    const tracked = this.store.get(id);
    return tracked ? vscode.l10n.t('Scan Progress: {0}', jobLabel(tracked.job)) : vscode.l10n.t('Scan Progress');
  }

  #attach(panel: vscode.WebviewPanel, id: string): void {
    this.#panels.set(id, panel);
    panel.onDidDispose(() => this.#panels.delete(id));
    panel.webview.onDidReceiveMessage((message: unknown) => this.#onMessage(id, message));
    showPage(panel, this.extensionUri, { script: 'panel.js', styles: ['panel.css'], texts: panelTexts() });
  }

  #onMessage(id: string, message: unknown): void {
    const parsed = fromPanel.safeParse(message);
    if (!parsed.success) {
      this.log.warn(`The progress panel sent an invalid message: ${parsed.error.message}`);
      return;
    }
    if (parsed.data.type === 'ready') this.#sendAll(id);
    else if (parsed.data.type === 'copy') void vscode.env.clipboard.writeText(parsed.data.text);
    else void vscode.commands.executeCommand(commandOf[parsed.data.type], { kind: 'job', id });
  }

  /** Called when the panel's script has loaded, at first or after it was hidden. */
  #sendAll(id: string): void {
    const tracked = this.store.get(id);
    if (!tracked) {
      this.#post(id, { type: 'gone' });
      return;
    }
    this.#post(id, { type: 'model', model: modelOf(tracked) });
    // The gaps of an earlier window's job are in its report.
    if (gapCountOf(tracked) > 0 && !tracked.report) void this.#loadGaps(id);
    this.#post(id, { type: 'log', reset: true, lines: [...tracked.log] });
    if (tracked.log.length === 0 && isTerminal(tracked.job.status)) void this.#sendStoredLog(id);
  }

  async #loadGaps(id: string): Promise<void> {
    try {
      await this.scans.loadReport(id);
    } catch (error) {
      this.log.warn(`Could not load the gaps of ${id}: ${errorMessage(error)}`);
    }
  }

  /** A job that ended in an earlier window has sent no log to this one. */
  async #sendStoredLog(id: string): Promise<void> {
    try {
      this.#post(id, { type: 'log', reset: true, lines: await this.scans.storedLog(id) });
    } catch (error) {
      const message = vscode.l10n.t('Could not read the log of this scan: {0}', errorMessage(error));
      this.#post(id, { type: 'log', reset: true, lines: [{ ts: '', level: 'warning', analyzer: null, message }] });
    }
  }

  #onChange({ action, job }: StoreChange): void {
    if (!job || !this.#panels.has(job.id)) return;
    const line = job.log.at(-1);
    if (action !== 'log') this.#post(job.id, { type: 'model', model: modelOf(job) });
    else if (line) this.#post(job.id, { type: 'log', reset: false, lines: [line] });
  }

  #post(id: string, message: ToPanel): void {
    void this.#panels.get(id)?.webview.postMessage(message);
  }
}
