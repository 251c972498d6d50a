import * as vscode from 'vscode';
import * as z from 'zod';
import { networkFromEnvironment, type Network } from '../../base/network';
import { serviceUrl } from '../../base/serviceUrl';
import { customAnalyzer, type CustomAnalyzer } from '../../protocol';
import { analyzerUses, type AnalyzerUse, type AnalyzerUseById } from './analyzerChoice';
import { settings } from './ids';

/** One of {@link settings}. */
interface Setting<T extends z.ZodType = z.ZodType> {
  readonly id: string;
  readonly schema: T;
}

const uses = z.record(z.string(), z.enum(analyzerUses).catch('auto'));

/** The settings. They are read when they are needed, so a change takes effect at once. */
export const config = {
  /**
   * A setting's value, or its default if the value has the wrong type.
   * @param scope the file or folder it is for
   */
  get<T extends z.ZodType>({ id, schema }: Setting<T>, scope?: vscode.Uri): z.output<T> {
    return schema.parse(vscode.workspace.getConfiguration(undefined, scope).get(id));
  },
  /** Changes a setting where it is set: in the workspace if it has a value there, otherwise for the user. */
  async set<T extends z.ZodType>({ id }: Setting<T>, value: z.output<T>): Promise<void> {
    const all = vscode.workspace.getConfiguration();
    const { Global, Workspace } = vscode.ConfigurationTarget;
    await all.update(id, value, all.inspect(id)?.workspaceValue === undefined ? Global : Workspace);
  },

  /**
   * IDs of the rules ignored in a folder, and by paths of files and folders in it: by the user, in the workspace and in the folder, which add up. VS Code
   * would take the narrowest alone.
   */
  ignored(folder: string): Ignored {
    const all = scopes().map((scope) => ignoredIn(scope, folder));
    const inFiles: Record<string, readonly string[]> = {};
    for (const [path, rules] of all.flatMap((one) => Object.entries(one.inFiles)))
      inFiles[path] = [...new Set([...(inFiles[path] ?? []), ...rules])];
    return { rules: [...new Set(all.flatMap(({ rules }) => rules))], inFiles };
  },
  /** What {@link updateIgnoredRules} and {@link updateIgnoredRulesIn} change. */
  ignoredHere(folder: string): Ignored {
    return ignoredIn(writtenScope(), folder);
  },
  /** What other scopes ignore, with the name of each. */
  ignoredElsewhere(folder: string): { readonly where: string; readonly ignored: Ignored }[] {
    return scopes()
      .filter((scope) => scope !== writtenScope())
      .map((scope) => ({ where: scopeName(scope), ignored: ignoredIn(scope, folder) }));
  },
  async updateIgnoredRules(folder: string, update: (rules: readonly string[]) => readonly string[]): Promise<void> {
    await inOrder(async () => {
      const rules = update(this.ignoredHere(folder).rules);
      await write(settings.ignoredRules, rules.length > 0 ? rules : undefined, folder);
    });
  },
  /** @param path of a file, or of a folder with `/` at its end */
  async updateIgnoredRulesIn(
    folder: string,
    path: string,
    update: (rules: readonly string[]) => readonly string[],
  ): Promise<void> {
    await inOrder(async () => {
      const { [path]: own = [], ...others } = this.ignoredHere(folder).inFiles;
      const rules = update(own);
      const all = rules.length > 0 ? { ...others, [path]: rules } : others;
      await write(settings.ignoredRulesInFiles, Object.keys(all).length > 0 ? all : undefined, folder);
    });
  },
  /** Patterns as in .gitignore of what is left out of scans of a folder. A comma separates patterns on their way to a service. */
  excludes(folder: string): readonly string[] {
    return this.get(settings.exclude, vscode.Uri.file(folder)).filter((one) => one.trim() !== '' && !one.includes(','));
  },
  /** When each analyzer is used in a folder. An analyzer that is not listed is used automatically. */
  analyzerUse(folder: string | undefined): AnalyzerUseById {
    const scope = folder === undefined ? undefined : vscode.Uri.file(folder);
    return this.get({ id: settings.analyzersUse.id, schema: uses.catch({}) }, scope);
  },
  async setAnalyzerUse(folder: string | undefined, id: string, use: AnalyzerUse): Promise<void> {
    await inOrder(async () => {
      // Of this scope alone: VS Code puts them together.
      const own = uses.catch({}).parse(valueIn(writtenScope(), settings.analyzersUse, folder));
      const others = Object.entries(own).filter(([other]) => other !== id);
      // Written even if it is the default, since the user settings may say otherwise.
      await write(settings.analyzersUse, Object.fromEntries([...others, [id, use]]), folder);
    });
  },
  /** External tools: their paths and rules, the user's own, and how dependencies are looked up. Malformed entries are ignored. */
  tools() {
    return {
      paths: this.get(settings.analyzersPaths),
      rulesets: this.get(settings.analyzersRulesets),
      timeoutSec: this.get(settings.analyzersTimeout),
      rulePacks: this.get(settings.rulesPacks).filter((path) => path.trim() !== ''),
      osv: {
        enabled: this.get(settings.osvEnabled),
        url: this.get(settings.osvUrl).trim() || 'https://api.osv.dev',
        database: [this.get(settings.osvDatabase).trim()].filter((path) => path !== ''),
      },
      custom: this.get(settings.analyzersCustom).flatMap((entry): CustomAnalyzer[] => {
        const parsed = customAnalyzer.safeParse(entry);
        return parsed.success ? [parsed.data] : [];
      }),
    };
  },
  /** URL of the team's scan server, without a trailing slash; undefined if none is set or it is not a valid URL. */
  serverUrl(): string | undefined {
    return serviceUrl(this.get(settings.serverUrl));
  },
  async setServerUrl(url: string): Promise<void> {
    await vscode.workspace.getConfiguration().update(settings.serverUrl.id, url, vscode.ConfigurationTarget.Global);
  },
  /** How to reach other machines: VS Code's own settings, with the environment for whatever they leave open. */
  network(): Network {
    const env = networkFromEnvironment();
    const proxy = text('http.proxySupport') === 'off' ? undefined : text('http.proxy');
    const noProxy = read('http.noProxy', z.array(z.string())) ?? [];
    return {
      httpProxy: proxy ?? env.httpProxy,
      httpsProxy: proxy ?? env.httpsProxy,
      noProxy: noProxy.length > 0 ? noProxy : (env.noProxy ?? []),
      proxyAuthorization: text('http.proxyAuthorization') ?? env.proxyAuthorization,
      proxyStrictSsl: read('http.proxyStrictSSL', z.boolean()) ?? true,
      caFile: this.get(settings.serverCaFile) || env.caFile,
    };
  },
};

/** A setting of VS Code itself. @returns undefined if it is not set or has another type */
function read<T extends z.ZodType>(id: string, schema: T): z.output<T> | undefined {
  return schema.safeParse(vscode.workspace.getConfiguration().get(id)).data;
}

function text(id: string): string | undefined {
  return read(id, z.string())?.trim() || undefined;
}

let lastChange: Promise<unknown> = Promise.resolve();

/** Makes one change after another, so that each starts from what the previous one wrote. */
function inOrder(change: () => Promise<void>): Promise<void> {
  const done = lastChange.then(change);
  // A failed change must not fail the next one.
  lastChange = done.catch(() => undefined);
  return done;
}

/** Rules that are ignored, by their ids: everywhere, and by paths. */
export interface Ignored {
  readonly rules: readonly string[];
  readonly inFiles: Readonly<Record<string, readonly string[]>>;
}

/** Where a setting may be set, widest first. A folder that was opened alone is the workspace. */
function scopes(): vscode.ConfigurationTarget[] {
  const { Global, Workspace, WorkspaceFolder } = vscode.ConfigurationTarget;
  return vscode.workspace.workspaceFile ? [Global, Workspace, WorkspaceFolder] : [Global, Workspace];
}

/** Where settings on a folder are written: there, or for the user if no folder is open. */
function writtenScope(): vscode.ConfigurationTarget {
  const { Global, Workspace, WorkspaceFolder } = vscode.ConfigurationTarget;
  const count = vscode.workspace.workspaceFolders?.length ?? 0;
  return count === 0 ? Global : count === 1 ? Workspace : WorkspaceFolder;
}

function scopeName(scope: vscode.ConfigurationTarget): string {
  if (scope === vscode.ConfigurationTarget.Global) return vscode.l10n.t('user settings');
  return scope === vscode.ConfigurationTarget.Workspace
    ? vscode.l10n.t('workspace settings')
    : vscode.l10n.t('folder settings');
}

/** What a setting is set to in one scope alone. */
function valueIn(scope: vscode.ConfigurationTarget, { id }: Setting, folder: string | undefined): unknown {
  const resource = folder === undefined ? undefined : vscode.Uri.file(folder);
  const found = vscode.workspace.getConfiguration(undefined, resource).inspect(id);
  if (scope === vscode.ConfigurationTarget.Global) return found?.globalValue;
  return scope === vscode.ConfigurationTarget.Workspace ? found?.workspaceValue : found?.workspaceFolderValue;
}

function ignoredIn(scope: vscode.ConfigurationTarget, folder: string): Ignored {
  const { ignoredRules, ignoredRulesInFiles } = settings;
  return {
    rules: ignoredRules.schema.parse(valueIn(scope, ignoredRules, folder)),
    inFiles: ignoredRulesInFiles.schema.parse(valueIn(scope, ignoredRulesInFiles, folder)),
  };
}

async function write({ id }: Setting, value: unknown, folder: string | undefined): Promise<void> {
  const scope = folder === undefined ? undefined : vscode.Uri.file(folder);
  await vscode.workspace.getConfiguration(undefined, scope).update(id, value, writtenScope());
}
