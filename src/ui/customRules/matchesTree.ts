import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import { gapLine } from '../../findings/coverage';
import type { Issue } from '../../protocol';
import { rangeOf } from '../editor/diagnostic';
import { uriOf } from '../editor/placeIssues';
import { views } from '../manifest/ids';
import { oneLine } from '../words/plainText';
import type { Trial, TryRule } from './tryRule';

interface FileRow {
  readonly path: string;
  readonly issues: readonly Issue[];
}
type Row = FileRow | Issue;

/** The matches of the rule that is being written, by file. */
export class MatchesTree implements vscode.TreeDataProvider<Row>, Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly view: vscode.TreeView<Row>;

  constructor(private readonly trial: TryRule) {
    this.#disposables.add(this.#changed);
    this.view = this.#disposables.add(
      vscode.window.createTreeView(views.ruleMatches, { treeDataProvider: this, showCollapseAll: true }),
    );
    this.#disposables.add(trial.onChange(() => this.#show()));
    this.#show();
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  getChildren(row?: Row): Row[] {
    if (row) return 'issues' in row ? [...row.issues] : [];
    return (this.trial.current?.answer?.files ?? []).map(({ path, issues }) => ({ path, issues }));
  }

  getTreeItem(row: Row): vscode.TreeItem {
    const { Expanded, None } = vscode.TreeItemCollapsibleState;
    const folder = this.trial.current?.rule.folder ?? '';
    if ('issues' in row) {
      const item = new vscode.TreeItem(uriOf(folder, row.path), Expanded);
      const slash = row.path.lastIndexOf('/');
      item.description = row.path.slice(0, Math.max(0, slash));
      item.iconPath = vscode.ThemeIcon.File;
      item.tooltip = row.path;
      const count = row.issues.length;
      item.accessibilityInformation = {
        label:
          count === 1 ? vscode.l10n.t('{0}, 1 match', row.path) : vscode.l10n.t('{0}, {1} matches', row.path, count),
      };
      return item;
    }
    const code = oneLine(row.snippet ?? row.message, 200);
    const item = new vscode.TreeItem(code, None);
    item.description = String(row.line);
    item.tooltip = `${row.file}:${row.line}\n${oneLine(row.message, 400)}`;
    const { start } = rangeOf(row);
    const options: vscode.TextDocumentShowOptions = {
      preview: true,
      preserveFocus: true,
      selection: new vscode.Range(start, start),
    };
    item.command = { command: 'vscode.open', title: '', arguments: [uriOf(folder, row.file), options] };
    item.accessibilityInformation = { label: vscode.l10n.t('Line {0}: {1}', row.line, code) };
    return item;
  }

  #show(): void {
    this.#changed.fire(undefined);
    const { current } = this.trial;
    const [description, message] = current ? describe(current) : ['', ''];
    this.view.description = description;
    this.view.message = message;
  }
}

/** The description next to the view's title, and the message above its rows. */
function describe({ rule, answer, isRunning, failure }: Trial): [description: string, message: string] {
  const name = rule.file.slice(rule.file.lastIndexOf('/') + 1);
  if (failure !== undefined) return [name, vscode.l10n.t('The rule could not be tried: {0}', oneLine(failure, 300))];
  if (!answer) return [name, vscode.l10n.t('Trying {0}…', name)];
  const counts = answer.files.map(({ issues }) => issues.length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const matches = total === 1 ? vscode.l10n.t('1 match') : vscode.l10n.t('{0} matches', total);
  const errors = answer.problems.filter(({ level }) => level === 'error');
  const failed = answer.examples.filter(({ passed }) => !passed).length;
  const lines = [
    ...errors.map(({ line, message }) => vscode.l10n.t('Line {0}: {1}', line, oneLine(message, 300))),
    ...answer.gaps.map((gap) => oneLine(gapLine({ ...gap, analyzer: null }), 300)),
    ...(errors.length === 0 && total === 0 && !isRunning && !isModel(rule.file)
      ? [vscode.l10n.t('The rule finds nothing in this folder.')]
      : []),
    ...(isModel(rule.file)
      ? [vscode.l10n.t('A model is only tried on its examples. Run a scan to see what it finds here.')]
      : []),
    ...(failed > 0
      ? [failed === 1 ? vscode.l10n.t('1 example fails.') : vscode.l10n.t('{0} examples fail.', failed)]
      : []),
  ];
  return [isModel(rule.file) ? name : `${name}: ${matches}`, lines.join('\n')];
}

function isModel(file: string): boolean {
  return /(?:^|\/)models\//.test(file);
}
