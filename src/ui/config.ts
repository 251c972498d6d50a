import * as vscode from 'vscode';
import * as z from 'zod';
import { serviceUrl } from '../base/serviceUrl';
import { settings } from './ids';

const headers = z.record(z.string(), z.string());

/** The settings, read when they are needed, so that a change counts at once. */
export const config = {
  /** Where Scan Workspace scans. */
  mode(folder?: vscode.Uri): 'local' | 'remote' {
    return read(settings.mode, z.enum(['local', 'remote']), folder) ?? 'local';
  },
  /** How many ended scans the Scans view keeps. */
  keepScans(): number {
    return read(settings.keepScans, z.number().int().min(1).max(500)) ?? 100;
  },
  /** Which ends of scans are told by a notification. */
  notifications(): 'all' | 'important' | 'none' {
    return read(settings.notifications, z.enum(['all', 'important', 'none'])) ?? 'all';
  },
  /** Whether the end of a scan is heard. */
  completionSound(): boolean {
    return read(settings.completionSound, z.boolean()) ?? false;
  },
  /** Whether a file is scanned when it is saved. */
  scanOnSave(file?: vscode.Uri): boolean {
    return read(settings.scanOnSave, z.boolean(), file) ?? false;
  },
  /** Whether findings stand above their lines, too. */
  codeLens(file: vscode.Uri): boolean {
    return read(settings.codeLens, z.boolean(), file) ?? false;
  },
  /** Whether findings of the baseline are left out. */
  newIssuesOnly(): boolean {
    return read(settings.newIssuesOnly, z.boolean()) ?? true;
  },
  /** Ids of the rules that are ignored in a folder. */
  ignoredRules(folder: string): readonly string[] {
    return read(settings.ignoredRules, z.array(z.string()), vscode.Uri.file(folder)) ?? [];
  },
  async setIgnoredRules(folder: string, rules: readonly string[]): Promise<void> {
    const scope = vscode.Uri.file(folder);
    const many = (vscode.workspace.workspaceFolders?.length ?? 0) > 1;
    const target = many ? vscode.ConfigurationTarget.WorkspaceFolder : vscode.ConfigurationTarget.Workspace;
    await vscode.workspace
      .getConfiguration(undefined, scope)
      .update(settings.ignoredRules, rules.length > 0 ? rules : undefined, target);
  },
  /** The team's scan service, without a slash at the end; undefined when none is set or it is no address. */
  serverUrl(): string | undefined {
    return serviceUrl(read(settings.serverUrl, z.string()) ?? '');
  },
  async setServerUrl(url: string): Promise<void> {
    await vscode.workspace.getConfiguration().update(settings.serverUrl, url, vscode.ConfigurationTarget.Global);
  },
  serverHeaders(): Record<string, string> {
    return read(settings.serverHeaders, headers) ?? {};
  },
  /** Absolute path of a PEM file with more certificate authorities. */
  caFile(): string | undefined {
    const path = read(settings.caFile, z.string());
    return path === undefined || path === '' ? undefined : path;
  },
  /** Whether a folder always goes to the service as a zip. */
  alwaysUpload(folder?: vscode.Uri): boolean {
    return read(settings.upload, z.enum(['auto', 'always']), folder) === 'always';
  },
  /** Changes a setting: the workspace's own where there is one, else the user's. */
  async set(id: string, value: unknown): Promise<void> {
    const all = vscode.workspace.getConfiguration();
    const { Global, Workspace } = vscode.ConfigurationTarget;
    await all.update(id, value, all.inspect(id)?.workspaceValue === undefined ? Global : Workspace);
  },
};

function read<T extends z.ZodType>(id: string, schema: T, scope?: vscode.Uri): z.output<T> | undefined {
  return schema.safeParse(vscode.workspace.getConfiguration(undefined, scope).get(id)).data;
}
