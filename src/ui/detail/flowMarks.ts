import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import { Paced } from '../../base/paced';
import type { FlowStep } from '../../protocol';
import type { Finding } from '../../store/findings';
import { rangeOf } from '../editor/diagnostic';
import { uriOf } from '../editor/placeIssues';
import { openFile } from '../findings/openFinding';

/** How often at most the steps are placed again while code is edited, in ms. VS Code moves their marks in the meantime. */
const intervalMs = 200;

/** Steps through the flow of a finding: shows each step in the editor, marked with its number, and leaves the focus where it is. */
export class FlowMarks implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed = this.#disposables.add(new vscode.EventEmitter<number | undefined>());
  /** The index of the current step has changed. */
  readonly onChange = this.#changed.event;
  readonly #mark = this.#decoration({
    backgroundColor: new vscode.ThemeColor('editor.wordHighlightBackground'),
    border: '1px dotted',
    borderColor: new vscode.ThemeColor('contrastActiveBorder'),
  });
  readonly #currentMark = this.#decoration({
    backgroundColor: new vscode.ThemeColor('editor.findMatchHighlightBackground'),
    border: '1px solid',
    borderColor: new vscode.ThemeColor('focusBorder'),
    overviewRulerColor: new vscode.ThemeColor('focusBorder'),
    overviewRulerLane: vscode.OverviewRulerLane.Full,
  });
  readonly #refresh = this.#disposables.add(new Paced(() => void this.#refreshPlaces(), intervalMs));
  #finding: Finding | undefined;
  /** Where they are now, as far as that has been asked for. */
  #steps: readonly FlowStep[] = [];
  #current: number | undefined;

  /** @param placed the steps of a finding's flow where their lines are now */
  constructor(private readonly placed: (finding: Finding) => Promise<readonly FlowStep[]>) {
    this.#disposables.add(vscode.window.onDidChangeVisibleTextEditors(() => this.#draw()));
    this.#disposables.add(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && this.#current !== undefined && this.#isOfStep(document.uri))
          this.#refresh.ask();
      }),
    );
  }

  get current(): number | undefined {
    return this.#current;
  }

  /** Whether a document is the one of the current step, which was opened here and not by the user. */
  shows(uri: vscode.Uri): boolean {
    const step = this.#current === undefined ? undefined : this.#steps[this.#current];
    return step !== undefined && this.#uriOf(step) === uri.toString();
  }

  /** Steps through the flow of another finding, or none. A different object for the same finding changes nothing. */
  follow(finding: Finding | undefined): void {
    const isSame = finding?.id === this.#finding?.id;
    this.#finding = finding;
    if (isSame && this.#current !== undefined) this.#refresh.ask();
    if (isSame) return;
    this.#steps = [];
    this.#set(undefined);
  }

  /** Goes to the next step, or to the previous one (-1), wrapping around. @throws as {@link show} */
  async move(by: 1 | -1): Promise<void> {
    const count = this.#finding?.issue.flow?.length ?? 0;
    if (count === 0) return;
    const from = this.#current ?? (by === 1 ? -1 : 0);
    await this.show((from + by + count) % count);
  }

  /** Shows a step in the editor. @throws CodedError if its file does not exist here */
  async show(index: number): Promise<void> {
    const finding = this.#finding;
    const step = finding?.issue.flow?.[index];
    if (!finding || !step) return;
    const document = await openFile(finding, step.file);
    const steps = await this.placed(finding);
    // Another one has been selected in the meantime.
    if (finding.id !== this.#finding?.id) return;
    this.#steps = steps;
    this.#set(index);
    const visible = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
    const editor = await vscode.window.showTextDocument(document, {
      preserveFocus: true,
      preview: true,
      ...(visible?.viewColumn !== undefined && { viewColumn: visible.viewColumn }),
    });
    this.#draw();
    editor.revealRange(
      document.validateRange(rangeOf(steps[index] ?? step)),
      vscode.TextEditorRevealType.InCenterIfOutsideViewport,
    );
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #refreshPlaces(): Promise<void> {
    const finding = this.#finding;
    if (!finding) return;
    const steps = await this.placed(finding);
    if (finding.id !== this.#finding?.id) return;
    this.#steps = steps;
    this.#draw();
  }

  #isOfStep(uri: vscode.Uri): boolean {
    const key = uri.toString();
    return this.#steps.some((step) => this.#uriOf(step) === key);
  }

  #uriOf({ file }: FlowStep): string | undefined {
    const folder = this.#finding?.folder;
    return folder === undefined ? undefined : uriOf(folder, file).toString();
  }

  #decoration(options: vscode.DecorationRenderOptions): vscode.TextEditorDecorationType {
    return this.#disposables.add(vscode.window.createTextEditorDecorationType(options));
  }

  #set(index: number | undefined): void {
    this.#current = index;
    this.#draw();
    this.#changed.fire(index);
  }

  /** Marks the steps in all visible editors, once one of them is current. */
  #draw(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const here = this.#current === undefined ? [] : this.#stepsIn(editor.document);
      const isCurrent = ({ numbers }: (typeof here)[number]) => numbers.includes((this.#current ?? -1) + 1);
      editor.setDecorations(this.#currentMark, here.filter(isCurrent).map(markOf));
      editor.setDecorations(this.#mark, here.filter((one) => !isCurrent(one)).map(markOf));
    }
  }

  /** The steps in a document, those at the same range together. */
  #stepsIn(document: vscode.TextDocument): { range: vscode.Range; numbers: number[] }[] {
    const uri = document.uri.toString();
    const found: { range: vscode.Range; numbers: number[] }[] = [];
    for (const [at, step] of this.#steps.entries()) {
      if (this.#uriOf(step) !== uri) continue;
      const range = document.validateRange(rangeOf(step));
      const same = found.find((one) => one.range.isEqual(range));
      if (same) same.numbers.push(at + 1);
      else found.push({ range, numbers: [at + 1] });
    }
    return found;
  }
}

function markOf({ range, numbers }: { range: vscode.Range; numbers: readonly number[] }): vscode.DecorationOptions {
  return {
    range,
    renderOptions: {
      before: {
        contentText: ` ${numbers.join(', ')} `,
        color: new vscode.ThemeColor('badge.foreground'),
        backgroundColor: new vscode.ThemeColor('badge.background'),
        margin: '0 4px 0 0',
      },
    },
  };
}
