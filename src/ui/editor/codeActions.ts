import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import { folderOf, type Finding } from '../../store/findings';
import { canIgnore } from '../../store/ignoreComment';
import { commands } from '../manifest/ids';
import { oneLine } from '../words/plainText';
import type { EditorFindings } from './editorFindings';
import type { PlacedFinding } from './fileFindings';
import { fixTitle, workspaceEditOf, type Fixes } from './fixes';

/** For `editor.codeActionsOnSave`: all safe fixes in a file. */
const fixAllKind = vscode.CodeActionKind.SourceFixAll.append('codeagent');

/** Registers the quick fixes of a finding (fix, fix all of its rule, explain, ignore, add to baseline) and the fixes on save. */
export function registerCodeActions(findings: EditorFindings, fixes: Fixes): Disposable {
  const disposables = new DisposableStore();
  const files = { scheme: 'file' };
  disposables.add(
    vscode.languages.registerCodeActionsProvider(
      files,
      {
        async provideCodeActions(document, range) {
          const actions: vscode.CodeAction[] = [];
          for (const placed of findings.at(document.uri, range))
            actions.push(...(await actionsOf(placed, findings, fixes)));
          return actions;
        },
      },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
  );
  disposables.add(
    vscode.languages.registerCodeActionsProvider(
      files,
      {
        async provideCodeActions(document, _range, { only }) {
          // Only on request: in the lightbulb, the fixes of a whole file would not belong to any finding.
          if (!only?.contains(fixAllKind)) return [];
          const safe = findings.in(document.uri).flatMap(({ finding }) => (isSafeHere(finding) ? [finding] : []));
          const change = await fixes.combinedChange(safe);
          if (change.fixed.length === 0) return [];
          const action = new vscode.CodeAction(vscode.l10n.t('Apply all safe fixes of CodeAgent'), fixAllKind);
          action.edit = workspaceEditOf(change);
          return [action];
        },
      },
      { providedCodeActionKinds: [fixAllKind] },
    ),
  );
  return disposables;
}

/** Whether saving the file may apply the fix: correct code keeps its behavior, and no other file changes. */
function isSafeHere({ issue }: Finding): boolean {
  return issue.fix?.safe === true && issue.fix.edits.every(({ file }) => file === undefined || file === issue.file);
}

async function actionsOf(
  { finding, issue, diagnostic }: PlacedFinding,
  findings: EditorFindings,
  fixes: Fixes,
): Promise<vscode.CodeAction[]> {
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
  if (issue.fix) {
    const change = await fixes.combinedChange([finding]);
    if (change.fixed.length > 0) {
      const fix = action(vscode.l10n.t('Fix: {0}', fixTitle(finding)));
      fix.edit = workspaceEditOf(change);
      fix.isPreferred = true;
      if (issue.fix.refresh)
        fix.command = { command: commands.offerRefresh, title: '', arguments: [{ kind: 'finding', finding }] };
      actions.push(fix);
    }
    const others = findings.withFix(finding);
    if (others.some((other) => other.issue.file === issue.file))
      actions.push(call(vscode.l10n.t('Fix all of {0} in this file', rule), commands.fixRuleInFile));
    if (others.some((other) => other.issue.file !== issue.file || other.folder !== finding.folder))
      actions.push(call(vscode.l10n.t('Fix all of {0} in the workspace…', rule), commands.fixRuleInWorkspace));
  }
  actions.push(call(vscode.l10n.t('Explain {0}', rule), commands.explainFinding));
  if (canIgnore(issue)) actions.push(call(vscode.l10n.t('Ignore {0} on this line', rule), commands.ignoreHere));
  // Suppressing has no effect in Restricted Mode.
  if (vscode.workspace.isTrusted) {
    actions.push(call(vscode.l10n.t('Ignore {0} in this file', rule), commands.ignoreInFile));
    if (folderOf(issue.file) !== '')
      actions.push(call(vscode.l10n.t('Ignore {0} in this folder', rule), commands.ignoreInFolder));
    actions.push(call(vscode.l10n.t('Ignore {0} in this workspace', rule), commands.ignoreRule));
    actions.push(call(vscode.l10n.t('Turn {0} off for the team', rule), commands.turnOffRule));
    if (issue.fingerprint !== undefined)
      actions.push(call(vscode.l10n.t('Add this finding to the baseline'), commands.addToBaseline));
  }
  return actions;
}
