import * as vscode from 'vscode';
import { errorMessage } from '../../base/errors';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { ExampleOutcome, TryAnswer } from '../../protocol';
import { watchCodeagentFolder } from '../watching/codeagentFolder';
import type { WindowContext } from '../window/windowContext';
import { oneLine } from '../words/plainText';
import { customFilePattern, ruleFileOf } from './ruleFile';

/** The examples of custom rules and models, in the Test Explorer. It only exists in a workspace with such files. */
export class RuleTests implements Disposable {
  readonly #disposables = new DisposableStore();
  #controller: vscode.TestController | undefined;

  constructor(private readonly context: Pick<WindowContext, 'services' | 'log'>) {
    for (const folder of vscode.workspace.workspaceFolders ?? []) this.#watch(folder.uri);
    this.#disposables.add(
      vscode.workspace.onDidChangeWorkspaceFolders(({ added }) => added.forEach(({ uri }) => this.#watch(uri))),
    );
    // The user may have one open before the watcher has reported it.
    for (const event of [vscode.workspace.onDidOpenTextDocument, vscode.workspace.onDidSaveTextDocument])
      this.#disposables.add(event(({ uri }) => this.#add(uri)));
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** For tests. */
  get controller(): vscode.TestController | undefined {
    return this.#controller;
  }

  /** The results of a file's examples. */
  async outcomesOf(item: vscode.TestItem): Promise<readonly ExampleOutcome[]> {
    return (await this.#read(item))?.answer.examples ?? [];
  }

  #watch(folder: vscode.Uri): void {
    if (folder.scheme !== 'file') return;
    const list = () => {
      this.#list(folder).catch((error: unknown) =>
        this.context.log.error(`Custom rules cannot be listed: ${errorMessage(error)}`),
      );
    };
    this.#disposables.add(
      watchCodeagentFolder(folder, (uri) => {
        this.#readAgain(uri);
        list();
      }),
    );
    list();
  }

  /** Synchronizes a folder's tests with its existing files. */
  async #list(folder: vscode.Uri): Promise<void> {
    const found = await vscode.workspace.findFiles(customFilePattern(folder));
    for (const uri of found) this.#add(uri);
    const there = new Set(found.map(String));
    this.#controller?.items.forEach(({ id, uri }) => {
      if (uri?.path.startsWith(`${folder.path}/`) && !there.has(id)) this.#controller?.items.delete(id);
    });
  }

  /** Reads a file's examples again if they have been shown. */
  #readAgain(uri: vscode.Uri): void {
    const known = this.#controller?.items.get(uri.toString());
    if (known && known.children.size > 0)
      this.#read(known).catch((error: unknown) =>
        this.context.log.error(`The examples in ${uri.fsPath} could not be read: ${errorMessage(error)}`),
      );
  }

  #add(uri: vscode.Uri): void {
    const rule = ruleFileOf(uri);
    if (!rule?.file.startsWith('.codeagent/')) return;
    const controller = (this.#controller ??= this.#create());
    if (controller.items.get(uri.toString())) return;
    const item = controller.createTestItem(uri.toString(), rule.file.replace(/^\.codeagent\//, ''), uri);
    item.canResolveChildren = true;
    controller.items.add(item);
  }

  #create(): vscode.TestController {
    const controller = this.#disposables.add(
      vscode.tests.createTestController('codeagent.rules', vscode.l10n.t('CodeAgent Rules')),
    );
    controller.resolveHandler = async (item) => {
      if (item) await this.#read(item);
    };
    controller.createRunProfile(
      vscode.l10n.t('Run'),
      vscode.TestRunProfileKind.Run,
      (request, token) => this.#run(controller, request, token),
      true,
    );
    return controller;
  }

  /** The service's results for a file's examples, each with its item. */
  async #read(item: vscode.TestItem): Promise<{ answer: TryAnswer; items: Map<string, vscode.TestItem> } | undefined> {
    const rule = item.uri && ruleFileOf(item.uri);
    if (!rule || !this.#controller) return undefined;
    const document = await vscode.workspace.openTextDocument(rule.uri);
    const client = await this.context.services.open('embedded');
    const { folder: path, file } = rule;
    const answer = await client.tryRule({ path, file, text: document.getText(), search: false });
    const wrong = answer.problems.find(({ level }) => level === 'error');
    item.error = wrong && vscode.l10n.t('Line {0}: {1}', wrong.line, oneLine(wrong.message, 300));
    const items = new Map<string, vscode.TestItem>();
    const isOne = (facts: readonly string[]) => new Set(facts).size === 1;
    const [oneRule, oneLanguage] = [
      isOne(answer.examples.map(({ about }) => about)),
      isOne(answer.examples.map(({ language }) => language)),
    ];
    for (const example of answer.examples) {
      const id = idOf(example);
      const child = this.#controller.createTestItem(id, labelOf(example), rule.uri);
      child.description = [...(oneRule ? [] : [example.about]), ...(oneLanguage ? [] : [example.language])].join(', ');
      child.range = new vscode.Range(example.line - 1, 0, example.line - 1, 0);
      child.sortText = String(example.line).padStart(6, '0') + id;
      items.set(id, child);
    }
    item.children.replace([...items.values()]);
    return { answer, items };
  }

  async #run(
    controller: vscode.TestController,
    request: vscode.TestRunRequest,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const { include, exclude } = request;
    const run = controller.createTestRun(request);
    const all: vscode.TestItem[] = [];
    controller.items.forEach((item) => all.push(item));
    const wanted = include ?? all;
    const files = new Set(wanted.map((item) => item.parent ?? item));
    const left = new Set(exclude?.map(({ id }) => id));
    try {
      for (const file of files) {
        if (token.isCancellationRequested) break;
        if (left.has(file.id)) continue;
        const ids = new Set(wanted.filter(({ parent }) => parent === file).map(({ id }) => id));
        await this.#runFile(run, file, (id) => !left.has(id) && (ids.size === 0 || ids.has(id)));
      }
    } finally {
      run.end();
    }
  }

  /** Never rejects: failures are part of the result. */
  async #runFile(run: vscode.TestRun, file: vscode.TestItem, isWanted: (id: string) => boolean): Promise<void> {
    run.started(file);
    try {
      const read = await this.#read(file);
      for (const example of read?.answer.examples ?? []) {
        const item = read?.items.get(idOf(example));
        if (!item || !isWanted(item.id)) continue;
        run.started(item);
        if (example.passed) run.passed(item);
        else {
          const message = new vscode.TestMessage(example.message);
          if (item.uri && item.range) message.location = new vscode.Location(item.uri, item.range);
          run.failed(item, message);
        }
      }
      if (file.error !== undefined) run.errored(file, new vscode.TestMessage(file.error));
      else if (read?.answer.examples.length === 0) run.skipped(file);
    } catch (error) {
      run.errored(file, new vscode.TestMessage(errorMessage(error)));
    }
  }
}

function idOf({ about, kind, line, language }: ExampleOutcome): string {
  return `${about} ${kind} ${line} ${language}`;
}

function labelOf({ kind, line }: ExampleOutcome): string {
  return kind === 'bad'
    ? vscode.l10n.t('Bad example on line {0}', line)
    : vscode.l10n.t('Good example on line {0}', line);
}
