import * as vscode from 'vscode';
import { severities, type Severity } from '../../protocol';
import { config } from '../manifest/config';
import { commands, settings } from '../manifest/ids';
import { severityWord } from '../words/words';

interface Option extends vscode.QuickPickItem {
  readonly choose: () => Promise<void>;
  /** Opens something else, so the list is not shown again. */
  readonly closes?: true;
}

/** Shows the options of the next scan and changes the picked ones, until the user closes the list. */
export async function showScanOptions(): Promise<void> {
  let picked: Option | undefined;
  do {
    picked = await vscode.window.showQuickPick(options(), {
      title: vscode.l10n.t('Scan Options'),
      placeHolder: vscode.l10n.t('Options for the next scan. Select one to change it.'),
    });
    await picked?.choose();
  } while (picked && !picked.closes);
}

function options(): Option[] {
  const [yes, no] = [vscode.l10n.t('yes'), vscode.l10n.t('no')];
  const remote = config.get(settings.scanMode) === 'remote';
  const alwaysUpload = config.get(settings.serverUpload) === 'always';
  const onSave = config.get(settings.scanOnSave);
  const least = config.get(settings.severity);
  const excluded = config.get(settings.exclude);
  const newOnly = config.get(settings.baselineNewIssuesOnly);
  return [
    {
      label: vscode.l10n.t('Where to scan'),
      description: remote
        ? vscode.l10n.t('on the server {0}', config.serverUrl() ?? '')
        : vscode.l10n.t('on this machine'),
      iconPath: new vscode.ThemeIcon(remote ? 'server' : 'device-desktop'),
      choose: () => setMode(remote ? 'local' : 'remote'),
    },
    ...(remote
      ? [
          {
            label: vscode.l10n.t('What to upload'),
            description: alwaysUpload
              ? vscode.l10n.t('always a zip of the folder')
              : vscode.l10n.t('the pushed commit if nothing has changed since, otherwise a zip'),
            iconPath: new vscode.ThemeIcon('cloud-upload'),
            choose: () => config.set(settings.serverUpload, alwaysUpload ? 'auto' : 'always'),
          },
        ]
      : []),
    {
      label: vscode.l10n.t('Choose Analyzers…'),
      iconPath: new vscode.ThemeIcon('tools'),
      choose: async () => {
        await vscode.commands.executeCommand(commands.chooseAnalyzers);
      },
    },
    {
      label: vscode.l10n.t('Scan files on save'),
      description: onSave ? yes : no,
      iconPath: new vscode.ThemeIcon('save'),
      choose: () => config.set(settings.scanOnSave, !onSave),
    },
    {
      label: vscode.l10n.t('Hide findings in the baseline'),
      description: newOnly ? yes : no,
      iconPath: new vscode.ThemeIcon('eye'),
      choose: () => config.set(settings.baselineNewIssuesOnly, !newOnly),
    },
    {
      label: vscode.l10n.t('Lowest severity shown'),
      description: severityWord(least),
      iconPath: new vscode.ThemeIcon('filter'),
      choose: () => chooseLeast(least),
    },
    {
      label: vscode.l10n.t('Files to leave out…'),
      description: excluded.length > 0 ? excluded.join(', ') : vscode.l10n.t('none'),
      iconPath: new vscode.ThemeIcon('exclude'),
      choose: () => openSettings(settings.exclude.id),
      closes: true,
    },
    {
      label: vscode.l10n.t('All settings…'),
      iconPath: new vscode.ThemeIcon('settings-gear'),
      choose: () => openSettings('@ext:codeagent.codeagent-scanner'),
      closes: true,
    },
  ];
}

async function openSettings(query: string): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', query);
}

async function chooseLeast(current: Severity): Promise<void> {
  const items = severities.toReversed().map((id) => ({
    label: severityWord(id),
    description: id === current ? vscode.l10n.t('current') : '',
    id,
  }));
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Lowest severity shown') });
  if (picked) await config.set(settings.severity, picked.id);
}

/** Switches where to scan, after signing in if no server is configured. */
async function setMode(mode: 'local' | 'remote'): Promise<void> {
  if (mode === 'remote' && config.serverUrl() === undefined) await vscode.commands.executeCommand(commands.signIn);
  if (mode === 'local' || config.serverUrl() !== undefined) await config.set(settings.scanMode, mode);
}
