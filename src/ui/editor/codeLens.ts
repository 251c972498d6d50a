import * as vscode from 'vscode';
import { DisposableStore, toDisposable, type Disposable } from '../../base/lifecycle';
import { ignoreComment } from '../../store/ignoreComment';
import { config } from '../manifest/config';
import { commands, settings } from '../manifest/ids';
import { titleOf } from '../../findings/title';
import { inertLine, oneLine } from '../words/plainText';
import { capitalized, severityWord } from '../words/words';
import type { EditorFindings } from './editorFindings';
import type { PlacedFinding } from './fileFindings';

/** Changes within this time are reported together, in ms, since the findings of a scan arrive a few files at a time. */
const batchMs = 100;

/** Registers the code lens with the severity, title and actions of each finding, for those who turn it on. */
export function registerCodeLens(findings: EditorFindings): Disposable {
  const disposables = new DisposableStore();
  const changed = disposables.add(new vscode.EventEmitter<void>());
  let timer: NodeJS.Timeout | undefined;
  disposables.add(toDisposable(() => clearTimeout(timer)));
  disposables.add(
    findings.onChange(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        changed.fire();
      }, batchMs);
    }),
  );
  disposables.add(
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(settings.codeLens.id)) changed.fire();
    }),
  );
  disposables.add(
    vscode.languages.registerCodeLensProvider(
      { scheme: 'file' },
      {
        onDidChangeCodeLenses: changed.event,
        provideCodeLenses(document) {
          if (!config.get(settings.codeLens, document.uri)) return [];
          return findings.in(document.uri).flatMap((placed) => lensesOf(placed, document));
        },
      },
    ),
  );
  return disposables;
}

function lensesOf({ finding, issue, diagnostic }: PlacedFinding, document: vscode.TextDocument): vscode.CodeLens[] {
  const lens = (title: string, command: string) =>
    new vscode.CodeLens(diagnostic.range, {
      title,
      command,
      arguments: [{ kind: 'finding', finding }],
      tooltip: oneLine(`${issue.message} (${issue.rule_id})`, 400),
    });
  // Codicons are rendered in a lens, but a title is plain text.
  const title = inertLine(titleOf(issue), 80);
  const lenses = [lens(`${capitalized(severityWord(issue.severity))} · ${title}`, commands.openFinding)];
  const line = document.lineAt(Math.min(issue.line, document.lineCount) - 1).text;
  if (ignoreComment(issue, line)) lenses.push(lens(vscode.l10n.t('Ignore'), commands.ignoreHere));
  lenses.push(lens(vscode.l10n.t('Explain'), commands.explainFinding));
  return lenses;
}
