import * as vscode from 'vscode';
import type { Disposable } from '../../base/lifecycle';
import { titleOf } from '../../findings/title';
import { ignoreComment } from '../../store/ignoreComment';
import { commands } from '../manifest/ids';
import { oneLine } from '../words/plainText';
import type { EditorFindings } from './editorFindings';
import type { PlacedFinding } from './fileFindings';

/** Registers the quick fixes of a finding: fix, ignore, add to baseline, explain. */
export function registerCodeActions(findings: EditorFindings): Disposable {
  return vscode.languages.registerCodeActionsProvider(
    { scheme: 'file' },
    {
      provideCodeActions(document, range) {
        const { found, edited } = findings.at(document.uri, range);
        return found.flatMap((placed) => actionsOf(placed, document, edited));
      },
    },
    { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
  );
}

function actionsOf(placed: PlacedFinding, document: vscode.TextDocument, edited: boolean): vscode.CodeAction[] {
  const { finding, issue, diagnostic } = placed;
  const rule = oneLine(issue.rule_id, 60);
  const action = (title: string) => {
    const made = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
    made.diagnostics = [diagnostic];
    return made;
  };
  const call = (title: string, command: string) => {
    const made = action(title);
    made.command = { command, title, arguments: [{ kind: 'finding', finding }] };
    return made;
  };
  const actions: vscode.CodeAction[] = [];
  // The edits refer to the file as it was scanned.
  // Edits in other files are not offered, since those may have changed since.
  const here = issue.fix?.edits.every(({ file }) => file === undefined || file === issue.file);
  if (issue.fix && here && !edited && issue.line === finding.issue.line) {
    const fix = action(vscode.l10n.t('Fix: {0}', oneLine(issue.fix.title ?? titleOf(issue), 80)));
    fix.edit = new vscode.WorkspaceEdit();
    for (const { start, end, text } of issue.fix.edits)
      fix.edit.replace(
        document.uri,
        new vscode.Range(start.line - 1, start.column - 1, end.line - 1, end.column - 1),
        text,
      );
    fix.isPreferred = true;
    actions.push(fix);
  }
  const line = document.lineAt(Math.min(issue.line, document.lineCount) - 1).text;
  if (ignoreComment(issue, line))
    actions.push(call(vscode.l10n.t('Ignore {0} on this line', rule), commands.ignoreHere));
  // Suppressing has no effect in Restricted Mode.
  const canSuppress = vscode.workspace.isTrusted;
  if (canSuppress && issue.fingerprint !== undefined)
    actions.push(call(vscode.l10n.t('Add this finding to the baseline'), commands.addToBaseline));
  if (canSuppress) actions.push(call(vscode.l10n.t('Ignore {0} in this workspace', rule), commands.ignoreRule));
  actions.push(call(vscode.l10n.t('Explain {0}', rule), commands.explainFinding));
  return actions;
}
