import { join } from 'node:path';
import * as vscode from 'vscode';
import { errorMessage } from '../../base/errors';
import { networkEnvironment } from '../../base/network';
import { RunnerProcess } from '../../client/runnerProcess';
import { ScanStore } from '../../store/scanStore';
import { ChangedFindings } from '../decisions/changedFindings';
import { Decisions } from '../decisions/decisions';
import { StandingNow } from '../decisions/standingNow';
import { NewSince } from '../decisions/newSince';
import { RulePages } from '../explain/rulePages';
import { Imports } from '../jobs/imports';
import { Scans } from '../jobs/scans';
import { Services } from '../jobs/services';
import { currentToolSettings } from '../jobs/toolSettings';
import { Uploads } from '../jobs/uploads';
import { config } from '../manifest/config';
import { DiskChanges } from '../decisions/diskChanges';
import { workspaceStorage } from './workspaceStorage';

/** Passed to every feature when it registers itself: VS Code's context, and the jobs and findings of this window. */
export interface WindowContext extends Pick<
  vscode.ExtensionContext,
  'subscriptions' | 'extensionUri' | 'workspaceState'
> {
  readonly log: vscode.LogOutputChannel;
  /** Folder for the workspace's files. */
  readonly storage: string;
  readonly store: ScanStore;
  readonly services: Services;
  readonly imports: Imports;
  readonly scans: Scans;
  readonly decisions: Decisions;
  readonly standing: StandingNow;
  readonly changed: ChangedFindings;
  readonly onDisk: DiskChanges;
  readonly newSince: NewSince;
  readonly rulePages: RulePages;
  readonly runner: RunnerProcess;
}

/** Creates what the features share. Nothing is started here: the first scan starts the runner. */
export function createWindowContext(extension: vscode.ExtensionContext): WindowContext {
  const { subscriptions, extensionUri, workspaceState } = extension;
  const log = vscode.window.createOutputChannel('CodeAgent', { log: true });
  const store = new ScanStore((error) => log.error(errorMessage(error)));
  const cli = extension.asAbsolutePath('dist/cli.js');
  const { storageUri, globalStorageUri } = extension;
  const storage = storageUri ? workspaceStorage(storageUri.fsPath) : globalStorageUri.fsPath;
  const runner = new RunnerProcess({
    cli,
    storage,
    roots: () =>
      (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => (uri.scheme === 'file' ? uri.fsPath : [])),
    tools: currentToolSettings,
    env: () => networkEnvironment(config.network()),
    log,
  });
  const services = new Services(runner, extension.secrets, log);
  const uploads = new Uploads(cli, workspaceState);
  const imports = new Imports(extension.asAbsolutePath('dist/importWorker.js'), join(storage, 'imports'), store, log);
  const scans = new Scans(services, uploads, imports, store, log, runner);
  const decisions = new Decisions(log);
  const standing = new StandingNow(store, decisions);
  const rulePages = RulePages.register(extension, log);
  const changed = new ChangedFindings();
  const onDisk = new DiskChanges(standing);
  const newSince = new NewSince(cli, storage, store, log);
  subscriptions.push(log, store, scans, imports, decisions, standing, changed, onDisk, newSince);
  return {
    subscriptions,
    extensionUri,
    workspaceState,
    log,
    storage,
    store,
    services,
    imports,
    scans,
    decisions,
    standing,
    changed,
    onDisk,
    newSince,
    rulePages,
    runner,
  };
}
