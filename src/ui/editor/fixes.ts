import * as vscode from 'vscode';
import { CodedError } from '../../base/errors';
import { titleOf } from '../../findings/title';
import type { FixEdit } from '../../protocol';
import { combineFixes, editsByFile, fixFits } from '../../store/fixCheck';
import type { Finding } from '../../store/findings';
import type { ScanStore } from '../../store/scanStore';
import type { Undo } from '../decisions/decisions';
import { oneLine } from '../words/plainText';
import { uriOf } from './placeIssues';
import { ScannedFiles, scanStart } from './scannedFiles';

/** The combined changes of the fixes of some findings. */
export interface FixChange {
  readonly edits: readonly { readonly uri: vscode.Uri; readonly edits: readonly FixEdit[] }[];
  readonly fixed: readonly Finding[];
  /** Those whose fix can no longer be applied, or not together with the others. */
  readonly left: readonly Finding[];
}

/** The title of a finding's fix, on one line. */
export function fixTitle({ issue }: Finding): string {
  return oneLine(issue.fix?.title?.trim() || titleOf(issue), 80);
}

/** Turns the fixes of findings into edits of the current files. */
export class Fixes {
  constructor(private readonly store: ScanStore) {}

  /** The files of a finding's scan, to read from; undefined if its code is not open in this window. */
  filesOf({ folder, job }: Finding): ScannedFiles | undefined {
    const tracked = this.store.get(job);
    return folder === undefined ? undefined : new ScannedFiles(folder, tracked && scanStart(tracked));
  }

  /**
   * The changes of all fixes together. A fix of code that has changed since the scan changes nothing.
   * @throws Node's error if a folder cannot be read
   */
  async changeOf(findings: readonly Finding[]): Promise<FixChange> {
    const edits: { uri: vscode.Uri; edits: readonly FixEdit[] }[] = [];
    const fixed: Finding[] = [];
    for (const folder of new Set(findings.map((finding) => finding.folder))) {
      if (folder === undefined) continue;
      const fitting: Finding[] = [];
      const all = findings.filter((finding) => finding.folder === folder);
      for (const job of new Set(all.map((finding) => finding.job)))
        fitting.push(...(await this.#fitting(all.filter((finding) => finding.job === job))));
      const combined = combineFixes(fitting.map(({ issue }) => issue));
      for (const [path, list] of combined.edits) edits.push({ uri: uriOf(folder, path), edits: list });
      const done = new Set(combined.fixed);
      fixed.push(...fitting.filter(({ issue }) => done.has(issue)));
    }
    const done = new Set(fixed);
    return { edits, fixed, left: findings.filter((finding) => finding.issue.fix && !done.has(finding)) };
  }

  /** @param findings of one job */
  async #fitting(findings: readonly Finding[]): Promise<Finding[]> {
    const [first] = findings;
    const files = first && this.filesOf(first);
    if (!files) return [];
    await files.load(findings.flatMap(({ issue }) => [issue.file, ...(editsByFile(issue)?.keys() ?? [])]));
    return findings.filter(({ issue }) => fixFits(issue, files.get));
  }
}

/** @param confirm shows each edit in the refactor preview, under this label */
export function workspaceEditOf({ edits }: Pick<FixChange, 'edits'>, confirm?: string): vscode.WorkspaceEdit {
  const made = new vscode.WorkspaceEdit();
  const metadata = confirm === undefined ? undefined : { label: confirm, needsConfirmation: true };
  for (const { uri, edits: list } of edits)
    for (const { start, end, text } of list)
      made.replace(
        uri,
        new vscode.Range(start.line - 1, start.column - 1, end.line - 1, end.column - 1),
        text,
        metadata,
      );
  return made;
}

/**
 * Applies fixes. Nothing is saved.
 * @returns a function that undoes it, or throws CodedError CHANGED if a file has changed since
 * @throws CodedError NOT_APPLIED if VS Code does not apply them
 */
export async function applyFixes(change: FixChange): Promise<Undo> {
  const texts: { document: vscode.TextDocument; before: string }[] = [];
  for (const { uri } of change.edits) {
    const document = await vscode.workspace.openTextDocument(uri);
    texts.push({ document, before: document.getText() });
  }
  if (!(await vscode.workspace.applyEdit(workspaceEditOf(change))))
    throw new CodedError('NOT_APPLIED', vscode.l10n.t('VS Code did not apply the fix. Is a file read-only?'));
  const undos = texts.map(({ document, before }) => ({ document, before, after: document.getText() }));
  return async () => {
    if (undos.some(({ document, after }) => document.isClosed || document.getText() !== after))
      throw new CodedError('CHANGED', vscode.l10n.t('The file has changed since then. Undo the fix by hand.'));
    const undo = new vscode.WorkspaceEdit();
    for (const { document, before, after } of undos) {
      const whole = new vscode.Range(document.positionAt(0), document.positionAt(after.length));
      undo.replace(document.uri, whole, before);
    }
    await vscode.workspace.applyEdit(undo);
  };
}
