import { commands } from '../manifest/ids';
import { registerCommand } from '../window/command';
import type { WindowContext } from '../window/windowContext';
import { scanGitRepository } from './scanGitRepository';
import { showScanOptions } from './scanOptions';
import { scanWorkspace } from './scanWorkspace';
import { registerSavedFiles } from './savedFiles';
import { registerScopes } from './scopes';

/** Registers every way to start a scan. */
export function registerScanning(context: WindowContext): void {
  const { scans } = context;
  registerCommand(context, commands.scanWorkspace, () => scanWorkspace(scans));
  registerCommand(context, commands.scanLocally, () => scanWorkspace(scans, 'local'));
  registerCommand(context, commands.scanRemotely, () => scanWorkspace(scans, 'remote'));
  registerCommand(context, commands.scanGitRepository, () => scanGitRepository(scans));
  registerCommand(context, commands.scanOptions, () => showScanOptions());
  registerScopes(context);
  registerSavedFiles(context);
}
