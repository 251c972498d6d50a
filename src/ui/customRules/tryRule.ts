import * as vscode from 'vscode';
import { errorMessage } from '../../base/errors';
import { DisposableStore, toDisposable, type Disposable } from '../../base/lifecycle';
import type { TryAnswer } from '../../protocol';
import { contextKeys } from '../manifest/keys';
import type { WindowContext } from '../window/windowContext';
import { ruleFileOf, type RuleFile } from './ruleFile';

/** How long a pause in typing is, in ms. */
const pauseMs = 250;

/** The matches of a custom rule in its current state in the editor. */
export interface Trial {
  readonly rule: RuleFile;
  /** Undefined during the first try. */
  readonly answer: TryAnswer | undefined;
  readonly isRunning: boolean;
  /** Why it could not be tried. */
  readonly failure?: string;
}

/** Tries the rule that is open in the editor after each change, on this machine. Its results stay until another rule is opened. */
export class TryRule implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onChange = this.#changed.event;
  #timer: NodeJS.Timeout | undefined;
  #running: AbortController | undefined;
  #current: Trial | undefined;

  constructor(private readonly context: Pick<WindowContext, 'services' | 'log'>) {
    const { window, workspace } = vscode;
    this.#disposables.add(this.#changed);
    this.#disposables.add(window.onDidChangeActiveTextEditor((editor) => this.#open(editor?.document)));
    this.#disposables.add(
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        const changed = document.uri.toString();
        if (contentChanges.length > 0 && this.#current?.rule.uri.toString() === changed) this.#soon(document);
      }),
    );
    this.#disposables.add(
      workspace.onDidCloseTextDocument(({ uri }) => {
        if (this.#current?.rule.uri.toString() === uri.toString()) this.#set(undefined);
      }),
    );
    this.#disposables.add(toDisposable(() => this.#stop()));
    this.#open(window.activeTextEditor?.document);
  }

  get current(): Trial | undefined {
    return this.#current;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #open(document: vscode.TextDocument | undefined): void {
    const rule = document && ruleFileOf(document.uri);
    if (!rule || this.#current?.rule.uri.toString() === rule.uri.toString()) return;
    this.#set({ rule, answer: undefined, isRunning: true });
    this.#soon(document, 0);
  }

  #soon(document: vscode.TextDocument, ms = pauseMs): void {
    this.#stop();
    this.#timer = setTimeout(() => void this.#run(document), ms);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#running?.abort();
    this.#running = undefined;
  }

  /** Never rejects: failures are shown. */
  async #run(document: vscode.TextDocument): Promise<void> {
    const rule = this.#current?.rule;
    if (!rule) return;
    const stop = (this.#running = new AbortController());
    this.#set({ rule, answer: this.#current?.answer, isRunning: true });
    try {
      const client = await this.context.services.open('embedded');
      const { folder, file } = rule;
      const answer = await client.tryRule({ path: folder, file, text: document.getText() }, stop.signal);
      if (!stop.signal.aborted) this.#set({ rule, answer, isRunning: false });
    } catch (error) {
      if (stop.signal.aborted) return;
      this.context.log.error(`${rule.file} could not be tried: ${errorMessage(error)}`);
      this.#set({ rule, answer: undefined, isRunning: false, failure: errorMessage(error) });
    }
  }

  #set(trial: Trial | undefined): void {
    if (!trial) this.#stop();
    this.#current = trial;
    void vscode.commands.executeCommand('setContext', contextKeys.hasRule, trial !== undefined);
    this.#changed.fire();
  }
}
