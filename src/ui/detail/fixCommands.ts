import * as vscode from 'vscode';
import { CodedError } from '../../base/errors';
import type { Finding } from '../../store/findings';
import type { EditorFindings } from '../editor/editorFindings';
import { applyFixes, fixTitle, workspaceEditOf, type FixChange, type Fixes } from '../editor/fixes';
import { uriOf } from '../editor/placeIssues';
import { editsByFile } from '../../store/fixCheck';
import { commands } from '../manifest/ids';
import { registerCommand } from '../window/command';
import { offerUndo } from '../window/offerUndo';
import type { WindowContext } from '../window/windowContext';
import { oneLine } from '../words/plainText';
import { findingCount } from '../words/words';
import { refreshOffer } from './refreshLockfiles';

/**
 * Registers the commands that apply fixes.
 * @param findingOf returns the finding that a command is called on
 */
export function registerFixCommands(
  context: WindowContext,
  { findings, fixes }: { readonly findings: EditorFindings; readonly fixes: Fixes },
  findingOf: (argument: unknown) => Finding | undefined,
): void {
  const { log } = context;
  registerCommand(context, commands.fixFinding, async (argument) => {
    const finding = findingOf(argument);
    if (!finding) return;
    const change = await combinedChange(fixes, [finding]);
    const undo = await applyFixes(change);
    const text = vscode.l10n.t('Fixed: {0}. The change is not saved yet.', fixTitle(finding));
    offerUndo(text, undo, log, refreshOffer(change.fixed, urisOf(change)));
  });
  registerCommand(context, commands.fixRuleInFile, async (argument) => {
    const finding = findingOf(argument);
    if (!finding) return;
    const { folder, issue } = finding;
    const others = findings.withFix(finding);
    const here = others.filter((other) => other.folder === folder && other.issue.file === issue.file);
    const change = await combinedChange(fixes, [finding, ...here]);
    const undo = await applyFixes(change);
    offerUndo(doneText(change), undo, log, refreshOffer(change.fixed, urisOf(change)));
  });
  // After the lightbulb's edit, which VS Code applies and undoes itself.
  registerCommand(context, commands.offerRefresh, async (argument) => {
    const finding = findingOf(argument);
    if (!finding?.folder) return;
    const { folder, issue } = finding;
    const files = [...(editsByFile(issue)?.keys() ?? [])].map((path) => uriOf(folder, path));
    const offer = refreshOffer([finding], files);
    if (!offer) return;
    const text = vscode.l10n.t('Fixed: {0}. Now refresh the lockfile.', fixTitle(finding));
    if ((await vscode.window.showInformationMessage(text, offer.title)) === offer.title) await offer.run();
  });
  registerCommand(context, commands.fixRuleInWorkspace, async (argument) => {
    const finding = findingOf(argument);
    if (!finding) return;
    const change = await combinedChange(fixes, [finding, ...findings.withFix(finding)]);
    const label = vscode.l10n.t('Fix all of {0}', oneLine(finding.issue.rule_id, 60));
    // The preview asks for confirmation, and a single undo reverts everything.
    await vscode.workspace.applyEdit(workspaceEditOf(change, label), { isRefactoring: true });
  });
}

function urisOf({ edits }: FixChange): vscode.Uri[] {
  return edits.map(({ uri }) => uri);
}

async function combinedChange(fixes: Fixes, findings: readonly Finding[]): Promise<FixChange> {
  if (findings.every(({ issue }) => !issue.fix))
    throw new CodedError('NO_FIX', vscode.l10n.t('There is no fix for this finding.'));
  const change = await fixes.combinedChange(findings);
  if (change.fixed.length === 0)
    throw new CodedError('CHANGED', vscode.l10n.t('The code has changed since the scan. Scan again first.'));
  return change;
}

function doneText({ fixed, left }: FixChange): string {
  const done = vscode.l10n.t('Fixed: {0}. The change is not saved yet.', findingCount(fixed.length));
  if (left.length === 0) return done;
  return `${done} ${vscode.l10n.t('Not fixed: {0}. Scan again to fix the rest.', findingCount(left.length))}`;
}
