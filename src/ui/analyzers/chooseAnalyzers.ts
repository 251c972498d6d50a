import * as vscode from 'vscode';
import type { Tools } from '../../protocol';
import { registerCommand } from '../window/command';
import type { WindowContext } from '../window/windowContext';
import { config } from '../manifest/config';
import { commands, settings } from '../manifest/ids';
import type { Services } from '../jobs/services';
import {
  analyzerIds,
  analyzerUses,
  chosenAnalyzers,
  type AnalyzerUse,
  type AnalyzerUseById,
} from '../manifest/analyzerChoice';

interface AnalyzerItem extends vscode.QuickPickItem {
  readonly id: string;
  /** Shell command to install it, if it is missing on this machine. */
  readonly install: string | undefined;
}

/** Registers the command that lists the analyzers, says why each one runs or not, and lets the user choose when it runs. */
export function registerAnalyzers(context: WindowContext): void {
  registerCommand(context, commands.chooseAnalyzers, () => chooseAnalyzers(context.services));
}

async function chooseAnalyzers(services: Services): Promise<void> {
  const folder = await askForFolder();
  if (folder === 'none') return;
  const remote = config.get(settings.scanMode) === 'remote';
  const loading = services
    .open(remote ? 'remote' : 'embedded')
    .then((client) => client.tools(remote ? undefined : folder));
  for (let last: string | undefined; ;) {
    const picked = await pickAnalyzer(loading, folder, remote, last);
    if (!picked) return;
    last = picked.id;
    const use = await pickUse(picked, config.analyzerUse(folder)[picked.id] ?? 'auto');
    if (use) await config.setAnalyzerUse(folder, picked.id, use);
  }
}

/** The workspace folder to configure; undefined if none is open, `none` if the user did not pick one. */
async function askForFolder(): Promise<string | undefined> {
  const [first, ...others] = vscode.workspace.workspaceFolders ?? [];
  if (others.length === 0) return first?.uri.fsPath;
  const title = vscode.l10n.t('Select a folder to choose its analyzers');
  const picked = await vscode.window.showWorkspaceFolderPick({ placeHolder: title });
  return picked?.uri.fsPath ?? 'none';
}

/** Lists the analyzers. @returns the picked one; undefined if the list was closed */
function pickAnalyzer(
  loading: Promise<Tools>,
  folder: string | undefined,
  remote: boolean,
  last: string | undefined,
): Promise<AnalyzerItem | undefined> {
  const pick = vscode.window.createQuickPick<AnalyzerItem>();
  pick.title = remote ? vscode.l10n.t('Analyzers of the Scan Server') : vscode.l10n.t('Analyzers');
  pick.placeholder = vscode.l10n.t('Select an analyzer to choose when it runs in this workspace');
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.busy = true;
  pick.show();
  return new Promise<AnalyzerItem | undefined>((resolve, reject) => {
    pick.onDidAccept(() => {
      const [picked] = pick.selectedItems;
      if (picked) resolve(picked);
    });
    pick.onDidHide(() => resolve(undefined));
    pick.onDidTriggerItemButton(({ item }) => {
      resolve(undefined);
      if (item.install !== undefined) typeInTerminal(item.install);
    });
    loading.then((tools) => {
      pick.items = itemsOf(tools, config.analyzerUse(folder), remote);
      pick.activeItems = pick.items.filter(({ id }) => id === last);
      pick.busy = false;
    }, reject);
  }).finally(() => pick.dispose());
}

function itemsOf(tools: Tools, use: AnalyzerUseById, remote: boolean): AnalyzerItem[] {
  const trusted = remote || vscode.workspace.isTrusted;
  const used = new Set(chosenAnalyzers(tools, use, { whole: true, trusted }));
  return analyzerIds(tools).map((id) => {
    const detail = tools.details?.find((one) => one.id === id);
    const available = tools.available.includes(id);
    const version = tools.versions[id] === 'unknown' ? undefined : tools.versions[id];
    const setting = use[id] ?? 'auto';
    const install = !available && !remote ? (detail?.install_hint ?? undefined) : undefined;
    const icon = !available ? 'circle-outline' : used.has(id) ? 'check' : 'circle-slash';
    return {
      id,
      install,
      label: `$(${icon}) ${detail?.title ?? id}`,
      description: [useLabel(setting), version].filter(Boolean).join(' · '),
      detail: available ? stateLabel(setting, used.has(id)) : (detail?.reason ?? vscode.l10n.t('Not available.')),
      ...(install !== undefined && {
        buttons: [
          {
            iconPath: new vscode.ThemeIcon('cloud-download'),
            tooltip: vscode.l10n.t('Open a terminal with "{0}"', install),
          },
        ],
      }),
    };
  });
}

function useLabel(use: AnalyzerUse): string {
  switch (use) {
    case 'auto':
      return vscode.l10n.t('automatic');
    case 'on':
      return vscode.l10n.t('on');
    case 'off':
      return vscode.l10n.t('off');
  }
}

function stateLabel(setting: AnalyzerUse, used: boolean): string {
  if (setting === 'off') return vscode.l10n.t('Turned off.');
  return used ? vscode.l10n.t('Runs if there are files it supports.') : vscode.l10n.t('Runs only if turned on.');
}

async function pickUse({ label }: AnalyzerItem, current: AnalyzerUse): Promise<AnalyzerUse | undefined> {
  const details: Record<AnalyzerUse, string> = {
    auto: vscode.l10n.t('Runs if there are files it supports, and sends nothing off this machine.'),
    on: vscode.l10n.t('Runs in every scan, including partial ones.'),
    off: vscode.l10n.t('Never runs.'),
  };
  const items = analyzerUses.map((use) => ({
    use,
    label: use === current ? `$(check) ${useLabel(use)}` : useLabel(use),
    detail: details[use],
  }));
  const title = vscode.l10n.t('When should {0} run?', label.replace(/^\$\([\w-]+\) /, ''));
  return (await vscode.window.showQuickPick(items, { title }))?.use;
}

/** Types a command into a terminal. Running it is up to the user. */
function typeInTerminal(command: string): void {
  const terminal = vscode.window.createTerminal({ name: 'CodeAgent' });
  terminal.show();
  terminal.sendText(command, false);
}
