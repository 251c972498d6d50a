import * as vscode from 'vscode';
import type { Disposable } from '../base/lifecycle';
import type { TrackedJob } from '../store/scanStore';
import { webviews } from './ids';
import type { Scans } from './scans';
import { jobLabel } from './words';

/** Nothing but its own styles and embedded pictures may load in a report, whichever service wrote it. */
const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:;">`;

/** Shows reports as their service writes them, in a panel without scripts; one a job. */
export class ReportView implements Disposable {
  readonly #panels = new Map<string, vscode.WebviewPanel>();

  constructor(private readonly scans: Scans) {}

  /** @throws ServiceError when the service has no such report (any more) */
  async open(tracked: TrackedJob): Promise<void> {
    const open = this.#panels.get(tracked.id);
    if (open) {
      open.reveal();
      return;
    }
    const html = await this.scans.reportText(tracked.id, 'html');
    const title = vscode.l10n.t('Scan Report: {0}', jobLabel(tracked.job));
    const panel = vscode.window.createWebviewPanel(webviews.report, title, vscode.ViewColumn.Active, {
      enableScripts: false,
      enableFindWidget: true,
      localResourceRoots: [],
    });
    panel.webview.html = withPolicy(html);
    this.#panels.set(tracked.id, panel);
    panel.onDidDispose(() => this.#panels.delete(tracked.id));
  }

  dispose(): void {
    for (const panel of this.#panels.values()) panel.dispose();
  }
}

/** Puts the policy before anything that could load: a policy that stands later does not bind what came before it. */
function withPolicy(html: string): string {
  const doctype = /^\s*<!doctype[^>]*>/i.exec(html)?.[0] ?? '';
  return `${doctype}${policy}${html.slice(doctype.length)}`;
}
