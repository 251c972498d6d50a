import * as vscode from 'vscode';
import { CodedError } from '../../base/errors';
import { insidePath } from '../../base/insidePath';
import type { Refresh } from '../../protocol';
import type { Finding } from '../../store/findings';
import type { Offer } from '../window/offerUndo';

/** A command, and the absolute path of the folder to run it in. */
interface Run {
  readonly command: string;
  readonly cwd: string;
}

/**
 * The follow-up after findings' manifests have been changed: running a command in a terminal that brings their lockfiles up to date.
 * @param changed the changed files, which are saved first
 * @returns undefined if there is nothing to run, or the workspace is not trusted
 */
export function refreshOffer(findings: readonly Finding[], changed: readonly vscode.Uri[]): Offer | undefined {
  const wanted = findings.flatMap(({ folder, issue: { fix } }) =>
    folder !== undefined && fix?.refresh ? [{ root: folder, refresh: fix.refresh }] : [],
  );
  const different = [...new Map(wanted.map((one) => [JSON.stringify(one), one])).values()];
  const [first, ...others] = different;
  if (!first || !vscode.workspace.isTrusted) return undefined;
  const title =
    others.length === 0
      ? vscode.l10n.t('Run {0}', first.refresh.command)
      : vscode.l10n.t('Run {0} Commands', different.length);
  return {
    title,
    run: async () => {
      for (const uri of changed) await save(uri);
      for (const { root, refresh } of different) runInTerminal(await placed(root, refresh));
    },
  };
}

async function save(uri: vscode.Uri): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  if (document.isDirty && !(await document.save()))
    throw new CodedError('NOT_SAVED', vscode.l10n.t('{0} could not be saved.', vscode.workspace.asRelativePath(uri)));
}

/** @throws CodedError if the folder no longer exists, or is outside the scanned one */
async function placed(root: string, { command, folder }: Refresh): Promise<Run> {
  if (folder === '') return { command, cwd: root };
  const inside = await insidePath(root, folder);
  if (inside === 'missing') throw new CodedError('NOT_HERE', vscode.l10n.t('{0} no longer exists.', folder));
  if (inside === 'outside')
    throw new CodedError('NOT_HERE', vscode.l10n.t('{0} links to a place outside the folder.', folder));
  return { command, cwd: vscode.Uri.joinPath(vscode.Uri.file(root), folder).fsPath };
}

function runInTerminal({ command, cwd }: Run): void {
  const name = vscode.l10n.t('Refresh Lockfile');
  const terminal = vscode.window.createTerminal({ name, cwd });
  terminal.show();
  // Shells of Windows take no slash for what is in the folder.
  terminal.sendText(process.platform === 'win32' ? command.replace(/^\.\//, '.\\') : command, true);
}
