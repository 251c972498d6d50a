import { setImmediate } from 'node:timers/promises';
import * as vscode from 'vscode';
import * as z from 'zod';
import { errorMessage } from '../../base/errors';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import { Paced } from '../../base/paced';
import type { FlowStep, Issue } from '../../protocol';
import { fromDetail, type FromDetail, type ToDetail } from '../../protocol/detailPanel';
import type { Finding } from '../../store/findings';
import type { FindingFile } from '../../store/fixCheck';
import type { Decisions } from '../decisions/decisions';
import type { EditorFindings } from '../editor/editorFindings';
import type { Fixes } from '../editor/fixes';
import { uriOf } from '../editor/placeIssues';
import type { FindingsTree } from '../findings/findingsTree';
import { openFinding } from '../findings/openFinding';
import { commands, views } from '../manifest/ids';
import { contextKeys } from '../manifest/keys';
import { showPage } from '../webviews/webviewPage';
import { showingErrors } from '../window/command';
import { offerUndo } from '../window/offerUndo';
import type { WindowContext } from '../window/windowContext';
import { FlowMarks } from './flowMarks';
import { placedFlow } from '../../store/placedFlow';
import { MaskedCode } from './codeOf';
import { detailModelOf, maxSteps, pathsOf, type DetailSource } from './model';
import { detailTexts } from './texts';

/** Identifies a finding across the reports of several scans. */
const identity = z.object({
  folder: z.string().optional(),
  file: z.string(),
  rule: z.string(),
  line: z.number(),
  fingerprint: z.string().optional(),
});
type Identity = z.infer<typeof identity>;
const key = 'codeagent.detail';
/** How often at most the view is made again while its code is edited, in ms. */
const intervalMs = 200;

/** The features that the view follows. */
export interface DetailFeatures {
  readonly tree: FindingsTree;
  readonly findings: EditorFindings;
  readonly fixes: Fixes;
}

/** The Finding Detail view: it follows the selection in the Findings view and the cursor in the editor. */
export class DetailView implements vscode.WebviewViewProvider, Disposable {
  readonly #disposables = new DisposableStore();
  readonly flow = this.#disposables.add(new FlowMarks((finding) => this.#placedFlow(finding)));
  readonly #refresh = this.#disposables.add(new Paced(() => void this.#send(), intervalMs));
  #view: vscode.WebviewView | undefined;
  #finding: Finding | undefined;
  /** Whether it was among the current findings, so that its absence can be noticed. */
  #wasCurrent = false;
  #gone = false;
  /** From the previous window, until its finding has arrived. */
  #saved: Identity | undefined;
  #sent = 0;
  /** The place among the findings on its line that the view was sent last. */
  #here: Here | undefined;

  constructor(
    private readonly context: WindowContext,
    private readonly followed: DetailFeatures,
  ) {
    const { store, decisions, workspaceState } = context;
    this.#saved = identity.safeParse(workspaceState.get(key)).data;
    this.#updateContextKeys();
    const add = (one: Disposable) => this.#disposables.add(one);
    add(vscode.window.registerWebviewViewProvider(views.detail, this));
    add(
      followed.tree.view.onDidChangeSelection(({ selection: [node] }) => {
        if (node?.kind === 'finding') this.show(node.finding);
      }),
    );
    add(vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.#followCursor(textEditor, true)));
    add(vscode.window.onDidChangeActiveTextEditor((editor) => editor && this.#followCursor(editor, false)));
    add(
      store.onChange(({ action }) => {
        if (action === 'report' || action === 'removed' || action === 'checked') this.#findAgain();
      }),
    );
    add(decisions.onChange(() => this.#findAgain()));
    add(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#onText(document);
      }),
    );
    add(vscode.workspace.onDidSaveTextDocument((document) => this.#onText(document)));
    add(followed.findings.onChange(() => this.#onPlaces()));
    add(this.flow.onChange(() => this.#sendStep()));
  }

  /** The shown finding. */
  get finding(): Finding | undefined {
    return this.#finding;
  }

  show(finding: Finding): void {
    const isSame = finding.id === this.#finding?.id && finding.state === this.#finding.state;
    if (isSame) return;
    this.#saved = undefined;
    this.#wasCurrent = this.#currentOf(identityOf(finding)) !== undefined;
    this.#set(finding, false);
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    view.onDidDispose(() => {
      if (this.#view === view) this.#view = undefined;
    });
    view.webview.onDidReceiveMessage((message: unknown) => {
      const parsed = fromDetail.safeParse(message);
      if (parsed.success) void showingErrors(this.context.log, () => this.#on(parsed.data));
      else this.context.log.warn(`The Finding Detail view sent an invalid message: ${parsed.error.message}`);
    });
    showPage(view, this.context.extensionUri, {
      script: 'detail.js',
      styles: ['panel.css', 'detail.css'],
      texts: detailTexts(),
    });
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #on(message: FromDetail): Promise<unknown> {
    const finding = this.#finding;
    if (message.type === 'ready') {
      await this.#send();
      this.#sendStep();
      return;
    }
    if (!finding) return undefined;
    const run = (command: string) => vscode.commands.executeCommand(command, { kind: 'finding', finding });
    switch (message.type) {
      case 'open':
        return openFinding(finding, { preserveFocus: true });
      case 'step':
        return this.flow.show(message.index);
      case 'nextStep':
        return this.flow.move(1);
      case 'previousStep':
        return this.flow.move(-1);
      case 'nextHere':
        this.#showHere(1);
        return;
      case 'previousHere':
        this.#showHere(-1);
        return;
      case 'apply':
        return run(commands.fixFinding);
      case 'ignoreHere':
        return run(commands.ignoreHere);
      case 'ignoreInFile':
        return run(commands.ignoreInFile);
      case 'ignoreInFolder':
        return run(commands.ignoreInFolder);
      case 'ignoreRule':
        return run(commands.ignoreRule);
      case 'turnOffRule':
        return run(commands.turnOffRule);
      case 'restore':
        return run(commands.restoreFinding);
      case 'explainDecision':
        return run(commands.explainDecision);
      case 'explain':
        return run(commands.explainFinding);
      case 'copy':
        return run(commands.copyFindingMarkdown);
      case 'baseline': {
        const { decisions, log } = this.context;
        const { reason, days } = message;
        const expires = days === null ? {} : { expires: dayAfter(days) };
        const undo = await decisions.addToBaseline([finding], { reason, ...expires });
        offerUndo(vscode.l10n.t('Added to the baseline.'), undo, log);
        return;
      }
    }
  }

  #set(finding: Finding | undefined, gone: boolean): void {
    this.#finding = finding;
    this.#gone = gone;
    this.flow.follow(finding);
    this.#updateContextKeys();
    void this.context.workspaceState.update(key, finding && identityOf(finding));
    void this.#send();
  }

  /** Shows the finding at the cursor. If there is none, or the shown one is among them, nothing changes. */
  #followCursor({ document, selection }: vscode.TextEditor, moved: boolean): void {
    // A step of the flow brought this file to the front.
    if (!moved && this.flow.shows(document.uri)) return;
    const line = document.lineAt(Math.min(selection.active.line, document.lineCount - 1)).range;
    const here = this.followed.findings.at(document.uri, line);
    const exact = here.filter(({ diagnostic }) => diagnostic.range.contains(selection.active));
    const meant = exact.length > 0 ? exact : here;
    if (meant.some(({ finding }) => finding.id === this.#finding?.id)) return;
    const [placed] = meant;
    if (placed) this.show(placed.finding);
  }

  /** All findings on the line of the one that is shown, including that one; undefined if it is not at its place in the file. */
  #onItsLine(): { readonly findings: readonly Finding[]; readonly index: number } | undefined {
    const { id, folder, issue } = this.#finding ?? {};
    if (folder === undefined || !issue) return undefined;
    const all = this.followed.findings.in(uriOf(folder, issue.file));
    const line = all.find(({ finding }) => finding.id === id)?.issue.line;
    const findings = all.filter((one) => one.issue.line === line).map(({ finding }) => finding);
    return line === undefined ? undefined : { findings, index: findings.findIndex((finding) => finding.id === id) };
  }

  /** Shows the next finding on the line, or the previous one (-1); from the last one the first one. */
  #showHere(by: 1 | -1): void {
    const here = this.#onItsLine();
    const next = here?.findings.at((here.index + by) % here.findings.length);
    if (next) this.show(next);
  }

  /** The findings of some file have moved, come or gone. */
  #onPlaces(): void {
    if (!this.#view?.visible) return;
    const here = hereOf(this.#onItsLine());
    if (here?.index !== this.#here?.index || here?.count !== this.#here?.count) this.#refresh.ask();
  }

  /** After a scan or a decision: the same finding in the newest report. */
  #findAgain(): void {
    const wanted = this.#finding ? identityOf(this.#finding) : this.#saved;
    if (!wanted) return;
    const current = this.#currentOf(wanted);
    if (current) {
      this.#saved = undefined;
      this.#wasCurrent = true;
      this.#set(current, false);
    } else if (this.#finding && !this.context.store.get(this.#finding.job)) this.#set(undefined, false);
    else if (this.#finding && this.#wasCurrent) this.#set(this.#finding, true);
  }

  #currentOf(wanted: Identity): Finding | undefined {
    const same = this.context.standing.now.findings.filter(
      ({ folder, issue }) =>
        folder === wanted.folder &&
        issue.file === wanted.file &&
        issue.rule_id === wanted.rule &&
        (wanted.fingerprint === undefined ? issue.line === wanted.line : issue.fingerprint === wanted.fingerprint),
    );
    return same.find(({ issue }) => issue.line === wanted.line) ?? same[0];
  }

  #onText(document: vscode.TextDocument): void {
    const { folder, issue } = this.#finding ?? {};
    if (folder === undefined || !issue || !this.#view?.visible) return;
    const uri = document.uri.toString();
    if (pathsOf(issue).some((path) => uriOf(folder, path).toString() === uri)) this.#refresh.ask();
  }

  async #send(): Promise<void> {
    this.#sent += 1;
    const turn = this.#sent;
    const finding = this.#finding;
    if (!this.#view) return;
    if (!finding) {
      this.#post({ type: 'model', model: null });
      return;
    }
    const { rulePages, decisions, log } = this.context;
    try {
      const fileOf = await this.followed.fixes.filesOf(finding)?.load(pathsOf(finding.issue));
      if (fileOf) await prepare(finding.issue, fileOf);
      const examples = await rulePages.examplesOf(finding.issue.rule_id);
      // Another finding was selected in the meantime.
      if (turn !== this.#sent) return;
      const { tool, rule_id: rule } = finding.issue;
      const help = this.context.store.get(finding.job)?.report?.meta.rule_help?.[tool]?.[rule];
      this.#here = hereOf(this.#onItsLine());
      const model = detailModelOf({
        finding,
        fileOf: (path) => fileOf?.(path),
        ...(this.#here && { here: this.#here }),
        examples,
        help,
        ...acceptanceOf(decisions, finding),
        gone: this.#gone,
        isTrusted: vscode.workspace.isTrusted,
      });
      this.#post({ type: 'model', model });
      this.#sendStep();
    } catch (error) {
      log.error(`Could not show the finding ${finding.id}: ${errorMessage(error)}`);
    }
  }

  async #placedFlow(finding: Finding): Promise<readonly FlowStep[]> {
    const fileOf = await this.followed.fixes.filesOf(finding)?.load(pathsOf(finding.issue));
    return placedFlow(finding.issue, (path) => fileOf?.(path)).map(({ step }) => step);
  }

  #sendStep(): void {
    this.#post({ type: 'step', index: this.flow.current ?? null });
  }

  #post(message: ToDetail): void {
    void this.#view?.webview.postMessage(message);
  }

  #updateContextKeys(): void {
    const set = (name: string, value: boolean) => void vscode.commands.executeCommand('setContext', name, value);
    set(contextKeys.findingShown, this.#finding !== undefined);
    set(contextKeys.findingHasFlow, (this.#finding?.issue.flow?.length ?? 0) > 0);
    set(contextKeys.findingHasFix, this.#finding?.issue.fix !== undefined);
  }
}

/** Searches the code of a flow's steps for secrets, one part a turn, so that nobody who types has to wait. */
async function prepare(issue: Issue, fileOf: (path: string) => FindingFile | undefined): Promise<void> {
  for (const { step } of placedFlow(issue, fileOf).slice(0, maxSteps)) {
    const file = fileOf(step.file);
    if (file && MaskedCode.of(file.now).prepare(step.line)) await setImmediate();
  }
}

type Here = NonNullable<DetailSource['here']>;

function hereOf(on: { readonly findings: readonly Finding[]; readonly index: number } | undefined): Here | undefined {
  return on && { index: on.index, count: on.findings.length };
}

/** What the baseline says about a finding. */
function acceptanceOf(decisions: Decisions, finding: Finding): Pick<DetailSource, 'reason' | 'expires' | 'expired'> {
  const entry = decisions.entryOf(finding);
  return { reason: entry?.reason, expires: entry?.expires, expired: decisions.hasExpired(finding) };
}

/** The date this many days from today, as `2026-12-31`. */
function dayAfter(days: number): string {
  return new Date(Date.now() + days * 24 * 3600 * 1000).toISOString().slice(0, 10);
}

function identityOf({ folder, issue: { file, rule_id: rule, line, fingerprint } }: Finding): Identity {
  return {
    ...(folder !== undefined && { folder }),
    file,
    rule,
    line,
    ...(fingerprint !== undefined && { fingerprint }),
  };
}
