import * as vscode from 'vscode';
import type { Disposable } from '../../base/lifecycle';
import { ignoreComment } from '../../store/ignoreComment';
import { commands } from '../manifest/ids';
import { oneLine } from '../words/plainText';
import type { EditorFindings } from './editorFindings';
import type { PlacedFinding } from './fileFindings';

/** The lightbulb of a finding: fix, ignore, baseline, explain. */
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
  // Its edits are offsets into the file that was scanned.
  // Those of other files would need these as they were scanned, which nobody knows here.
  const here = issue.fix?.edits.every(({ file }) => file === undefined || file === issue.file);
  if (issue.fix && here && !edited && issue.line === finding.issue.line) {
    const fix = action(vscode.l10n.t('Fix: {0}', oneLine(issue.fix.title ?? issue.rule_id, 60)));
    fix.edit = new vscode.WorkspaceEdit();
    for (const { start, end, text } of issue.fix.edits)
      fix.edit.replace(document.uri, new vscode.Range(document.positionAt(start), document.positionAt(end)), text);
    fix.isPreferred = true;
    actions.push(fix);
  }
  const line = document.lineAt(Math.min(issue.line, document.lineCount) - 1).text;
  if (ignoreComment(issue, line))
    actions.push(call(vscode.l10n.t('Ignore {0} on this line', rule), commands.ignoreHere));
  // In Restricted Mode nothing is hidden.
  const decides = vscode.workspace.isTrusted;
  if (decides && issue.fingerprint !== undefined)
    actions.push(call(vscode.l10n.t('Add this finding to the baseline'), commands.addToBaseline));
  if (decides) actions.push(call(vscode.l10n.t('Ignore {0} in this workspace', rule), commands.ignoreRule));
  actions.push(call(vscode.l10n.t('Explain {0}', rule), commands.explainFinding));
  return actions;
}
