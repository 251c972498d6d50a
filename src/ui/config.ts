import * as vscode from 'vscode';
import * as z from 'zod';
import { networkFromEnvironment, type Network } from '../base/network';
import { serviceUrl } from '../base/serviceUrl';
import { customAnalyzer, type CustomAnalyzer } from '../protocol';
import { analyzerUses, type AnalyzerUse, type AnalyzerUseById } from './analyzers/choice';
import { settings } from './ids';

const headers = z.record(z.string(), z.string());
const uses = z.record(z.string(), z.enum(analyzerUses).catch('auto'));
const texts = z.record(z.string(), z.string().min(1));
const lists = z.record(z.string(), z.array(z.string().min(1)));

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
  async changeIgnoredRules(folder: string, changed: (rules: readonly string[]) => readonly string[]): Promise<void> {
    await inTurn(async () => {
      const rules = changed(this.ignoredRules(folder));
      await write(settings.ignoredRules, rules.length > 0 ? rules : undefined, folder);
    });
  },
  /** When each analyzer is used in a folder; those that are not in it: automatically. */
  analyzerUse(folder: string | undefined): AnalyzerUseById {
    return read(settings.analyzerUse, uses, folder === undefined ? undefined : vscode.Uri.file(folder)) ?? {};
  },
  async setAnalyzerUse(folder: string | undefined, id: string, use: AnalyzerUse): Promise<void> {
    await inTurn(async () => {
      const others = Object.entries(this.analyzerUse(folder)).filter(([other]) => other !== id);
      // Said even where it is the default: the user's own settings may say another.
      await write(settings.analyzerUse, Object.fromEntries([...others, [id, use]]), folder);
    });
  },
  /** Where external tools are, their rules, tools of the user's own, and how dependencies are looked up. What is not well-formed does not count. */
  tools() {
    const custom = read(settings.analyzerCustom, z.array(z.unknown())) ?? [];
    return {
      paths: read(settings.analyzerPaths, texts) ?? {},
      rulesets: read(settings.analyzerRulesets, lists) ?? {},
      timeoutSec: read(settings.analyzerTimeout, z.number().int().min(1).max(86_400)) ?? 600,
      osv: {
        enabled: read(settings.osvEnabled, z.boolean()) ?? true,
        url: read(settings.osvUrl, z.string())?.trim() || 'https://api.osv.dev',
        database: [read(settings.osvDatabase, z.string())?.trim() ?? ''].filter((path) => path !== ''),
      },
      custom: custom.flatMap((one): CustomAnalyzer[] => {
        const parsed = customAnalyzer.safeParse(one);
        return parsed.success ? [parsed.data] : [];
      }),
    };
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
  /** How other machines are reached: as VS Code's own settings say, and where they say nothing, the environment. */
  network(): Network {
    const env = networkFromEnvironment();
    const proxy = read('http.proxySupport', z.string()) === 'off' ? undefined : text('http.proxy');
    const noProxy = read('http.noProxy', z.array(z.string())) ?? [];
    return {
      httpProxy: proxy ?? env.httpProxy,
      httpsProxy: proxy ?? env.httpsProxy,
      noProxy: noProxy.length > 0 ? noProxy : (env.noProxy ?? []),
      proxyAuthorization: text('http.proxyAuthorization') ?? env.proxyAuthorization,
      proxyStrictSsl: read('http.proxyStrictSSL', z.boolean()) ?? true,
      caFile: this.caFile() ?? env.caFile,
    };
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

function text(id: string): string | undefined {
  return read(id, z.string())?.trim() || undefined;
}

let turn: Promise<unknown> = Promise.resolve();

/** One change after the other: each starts from what the one before it wrote. */
function inTurn(act: () => Promise<void>): Promise<void> {
  const work = turn.then(act);
  // Who waits behind a failed one is not to fail with it.
  turn = work.catch(() => undefined);
  return work;
}

function read<T extends z.ZodType>(id: string, schema: T, scope?: vscode.Uri): z.output<T> | undefined {
  return schema.safeParse(vscode.workspace.getConfiguration(undefined, scope).get(id)).data;
}

/** Writes a setting for a workspace folder; for the user where no folder is open. */
async function write(id: string, value: unknown, folder: string | undefined): Promise<void> {
  const count = vscode.workspace.workspaceFolders?.length ?? 0;
  const { Global, Workspace, WorkspaceFolder } = vscode.ConfigurationTarget;
  const target = count === 0 ? Global : count === 1 ? Workspace : WorkspaceFolder;
  const scope = folder === undefined ? undefined : vscode.Uri.file(folder);
  await vscode.workspace.getConfiguration(undefined, scope).update(id, value, target);
}
