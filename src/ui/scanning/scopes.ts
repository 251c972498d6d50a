import * as vscode from 'vscode';
import { CodedError } from '../../base/errors';
import { scopePattern } from '../../store/scope';
import { config } from '../manifest/config';
import { GitChanges } from './gitChanges';
import { commands, settings } from '../manifest/ids';
import { registerCommand } from '../window/command';
import type { WindowContext } from '../window/windowContext';
import { inertLine } from '../words/plainText';

/** A part of a workspace folder. */
interface Part {
  readonly folder: vscode.WorkspaceFolder;
  readonly include: readonly string[];
}

/** Registers scans of parts of the workspace: a folder, a file, changed files, and open editors. */
export function registerScopes(context: WindowContext): void {
  const { scans } = context;
  const start = (parts: readonly Part[], label: string) => {
    for (const { folder, include } of parts) {
      scans.start({
        service: config.get(settings.scanMode, folder.uri) === 'remote' ? 'remote' : 'embedded',
        request: { source: { kind: 'path', path: folder.uri.fsPath }, include: [...include] },
        label,
        folder: folder.uri.fsPath,
      });
    }
  };

  registerCommand(context, commands.scanFolder, async (argument) => {
    const picked = uriOf(argument) ?? (await askForFolder());
    if (picked) start(partsOf([picked], 'folder'), nameOf(picked));
  });
  registerCommand(context, commands.scanFile, (argument) => {
    const file = uriOf(argument) ?? vscode.window.activeTextEditor?.document.uri;
    if (!file) throw new CodedError('NO_FILE', vscode.l10n.t('There is nothing to scan. Open a file first.'));
    start(partsOf([file], 'file'), nameOf(file));
  });
  registerCommand(context, commands.scanOpenEditors, () => {
    const open = vscode.window.tabGroups.all
      .flatMap((group) => group.tabs)
      .flatMap(({ input }) => (input instanceof vscode.TabInputText && input.uri.scheme === 'file' ? input.uri : []));
    const parts = partsOf(open, 'file');
    if (parts.length === 0) throw new CodedError('NO_FILE', vscode.l10n.t('No files of this workspace are open.'));
    start(parts, open.length === 1 ? vscode.l10n.t('1 open file') : vscode.l10n.t('{0} open files', open.length));
  });
  registerCommand(context, commands.scanChanged, async () => {
    const folder = await askForRoot();
    if (!folder) return;
    const git = await GitChanges.of(folder);
    const ref = await askForRef(git);
    if (ref === undefined) return;
    const files = await git.files(ref === 'HEAD' ? undefined : ref);
    const parts = partsOf(files, 'file').filter((part) => part.folder === folder);
    const count = parts[0]?.include.length ?? 0;
    if (count === 0)
      void vscode.window.showInformationMessage(vscode.l10n.t('No files differ from {0}.', inertLine(ref)));
    else if (count === 1) start(parts, vscode.l10n.t('{0}, 1 changed file', folder.name));
    else start(parts, vscode.l10n.t('{0}, {1} changed files', folder.name, count));
  });
}

/** The file or folder that a command was called on; undefined if it was called from the palette. */
function uriOf(argument: unknown): vscode.Uri | undefined {
  return argument instanceof vscode.Uri ? argument : undefined;
}

/**
 * Groups files or folders by their workspace folder.
 * @throws CodedError if one is outside of the workspace; of several files, those outside are skipped
 */
function partsOf(uris: readonly vscode.Uri[], kind: 'file' | 'folder'): Part[] {
  const lenient = kind === 'file' && uris.length > 1;
  const parts = new Map<vscode.WorkspaceFolder, string[]>();
  for (const uri of uris) {
    const folder = uri.scheme === 'file' ? vscode.workspace.getWorkspaceFolder(uri) : undefined;
    if (!folder) {
      if (lenient) continue;
      throw new CodedError('NOT_IN_WORKSPACE', vscode.l10n.t('{0} is not in this workspace.', nameOf(uri)));
    }
    const path = uri.path.slice(folder.uri.path.length).replace(/^\//, '');
    const include = parts.get(folder) ?? [];
    // The root itself: everything, without a pattern.
    if (path !== '') include.push(scopePattern(path, kind));
    parts.set(folder, include);
  }
  return [...parts].map(([folder, include]) => ({ folder, include: [...new Set(include)] }));
}

function nameOf(uri: vscode.Uri): string {
  return uri.path.split('/').filter(Boolean).at(-1) ?? uri.path;
}

async function askForFolder(): Promise<vscode.Uri | undefined> {
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Scan Folder'),
    openLabel: vscode.l10n.t('Scan Folder'),
    canSelectFiles: false,
    canSelectFolders: true,
    ...(vscode.workspace.workspaceFolders?.[0] && { defaultUri: vscode.workspace.workspaceFolders[0].uri }),
  });
  return picked?.[0];
}

async function askForRoot(): Promise<vscode.WorkspaceFolder | undefined> {
  const [first, ...others] = vscode.workspace.workspaceFolders ?? [];
  if (!first) throw new CodedError('NO_FOLDER', vscode.l10n.t('There is nothing to scan. Open a folder first.'));
  if (others.length === 0) return first;
  return vscode.window.showWorkspaceFolderPick({
    placeHolder: vscode.l10n.t('Select a folder to scan its changed files'),
  });
}

async function askForRef(git: GitChanges): Promise<string | undefined> {
  const items = [
    { label: 'HEAD', description: vscode.l10n.t('uncommitted changes') },
    ...(await git.branches()).map((label) => ({ label, description: vscode.l10n.t('branch') })),
  ];
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Scan files that differ from') }))?.label;
}
