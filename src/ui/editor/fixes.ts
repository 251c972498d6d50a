import * as vscode from 'vscode';
import { CodedError } from '../../base/errors';
import { groupBy } from '../../base/groupBy';
import { titleOf } from '../../findings/title';
import type { FixEdit } from '../../protocol';
import { combineFixes, editsByFile, fixObstacle } from '../../store/fixCheck';
import type { Finding } from '../../store/findings';
import type { ScanStore, TrackedJob } from '../../store/scanStore';
import type { Undo } from '../decisions/decisions';
import { oneLine } from '../words/plainText';
import { uriOf } from './placeIssues';
import { isCommitted } from '../scanning/gitChanges';
import { ScannedFiles, scanStart, type Proof } from './scannedFiles';

/** The combined changes of the fixes of some findings. */
export interface FixChange {
  readonly edits: readonly { readonly uri: vscode.Uri; readonly edits: readonly FixEdit[] }[];
  readonly fixed: readonly Finding[];
  /** The findings whose fix can no longer be applied, or not together with the others. */
  readonly left: readonly Finding[];
}

/** The title of a finding's fix, on one line. */
export function fixTitle({ issue }: Finding): string {
  return oneLine(issue.fix?.title?.trim() || titleOf(issue), 80);
}

/** Scans whose files are kept. */
const maxScans = 20;

/** Turns the fixes of findings into edits of the files as they are now. */
export class Fixes {
  /** By folder, job and start, the one that was used last at the end. */
  readonly #files = new Map<string, ScannedFiles>();

  constructor(private readonly store: ScanStore) {}

  /** The files of a finding's scan, to read from; undefined if its code is not open in this window. */
  filesOf(finding: Finding): ScannedFiles | undefined {
    const { folder } = finding;
    if (folder === undefined) return undefined;
    const key = this.#keyOf(finding);
    const tracked = this.store.get(finding.job);
    const files =
      this.#files.get(key) ??
      new ScannedFiles(folder, { start: this.#startOf(finding), ...(tracked && logProof(tracked, folder)) });
    this.#files.delete(key);
    this.#files.set(key, files);
    const [oldest] = this.#files.keys();
    if (this.#files.size > maxScans && oldest !== undefined) this.#files.delete(oldest);
    return files;
  }

  /** Findings with the same one have their files in common. */
  #keyOf(finding: Finding): string {
    return JSON.stringify([finding.folder, finding.job, this.#startOf(finding)]);
  }

  /** See {@link scanStart}; or when a check has found it since. */
  #startOf({ job, checkedAt }: Finding): number | undefined {
    const tracked = this.store.get(job);
    return checkedAt ?? (tracked && scanStart(tracked));
  }

  /**
   * The changes of all fixes together. A fix of code that has changed since the scan changes nothing.
   * @throws Node's error if a folder cannot be read
   */
  async combinedChange(findings: readonly Finding[]): Promise<FixChange> {
    const edits: { uri: vscode.Uri; edits: readonly FixEdit[] }[] = [];
    const fixed: Finding[] = [];
    for (const folder of new Set(findings.map((finding) => finding.folder))) {
      if (folder === undefined) continue;
      const fitting: Finding[] = [];
      const all = findings.filter((finding) => finding.folder === folder);
      for (const some of groupBy(all, (finding) => this.#keyOf(finding)).values())
        fitting.push(...(await this.#fitting(some)));
      const combined = combineFixes(fitting.map(({ issue }) => issue));
      for (const [path, list] of combined.edits) edits.push({ uri: uriOf(folder, path), edits: list });
      const done = new Set(combined.fixed);
      fixed.push(...fitting.filter(({ issue }) => done.has(issue)));
    }
    const done = new Set(fixed);
    return { edits, fixed, left: findings.filter((finding) => finding.issue.fix && !done.has(finding)) };
  }

  /** @param findings of one scan */
  async #fitting(findings: readonly Finding[]): Promise<Finding[]> {
    const [first] = findings;
    const paths = findings.flatMap(({ issue }) => [issue.file, ...(editsByFile(issue)?.keys() ?? [])]);
    const fileOf = await (first && this.filesOf(first))?.load(paths);
    return fileOf ? findings.filter(({ issue }) => !fixObstacle(issue, fileOf)) : [];
  }
}

/** What an imported log says about the code that was scanned. Reads the report if necessary. */
function logProof({ origin, report }: TrackedJob, folder: string): Pick<Proof, 'log'> {
  if (origin.service !== 'imported') return {};
  const { file_hashes: hashes = {}, repo } = report?.meta ?? {};
  const commit = repo?.commit ?? undefined;
  return {
    log: {
      hashOf: (path) => (Object.hasOwn(hashes, path) ? hashes[path] : undefined),
      isCommitted: async (path, content) =>
        commit !== undefined && (await isCommitted(uriOf(folder, path), commit, content)),
    },
  };
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
