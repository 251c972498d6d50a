import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import { rangeOf } from '../editor/diagnostic';
import { uriOf } from '../editor/placeIssues';
import type { TryRule } from './tryRule';

/** Marks the matches of the rule that is being written, in all visible editors. */
export class MatchMarks implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #mark = this.#disposables.add(
    vscode.window.createTextEditorDecorationType({
      backgroundColor: new vscode.ThemeColor('editor.findMatchHighlightBackground'),
      border: '1px solid',
      borderColor: new vscode.ThemeColor('editor.findMatchHighlightBorder'),
      overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.findMatchForeground'),
      overviewRulerLane: vscode.OverviewRulerLane.Center,
    }),
  );

  constructor(private readonly trial: TryRule) {
    this.#disposables.add(trial.onChange(() => this.#show()));
    this.#disposables.add(vscode.window.onDidChangeVisibleTextEditors(() => this.#show()));
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #show(): void {
    const { current } = this.trial;
    const byUri = new Map(
      (current?.answer?.files ?? []).map(({ path, issues }) => [
        uriOf(current?.rule.folder ?? '', path).toString(),
        issues,
      ]),
    );
    for (const editor of vscode.window.visibleTextEditors)
      editor.setDecorations(this.#mark, (byUri.get(editor.document.uri.toString()) ?? []).map(rangeOf));
  }
}
