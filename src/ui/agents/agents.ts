import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { agentTools, type AgentTool } from '../../agents/tools';
import { writeJson } from '../../base/jsonFile';
import { networkEnvironment } from '../../base/network';
import { AgentProcess } from '../../client/agentProcess';
import { currentToolSettings } from '../jobs/toolSettings';
import { config } from '../manifest/config';
import { inertLine } from '../words/plainText';
import type { WindowContext } from '../window/windowContext';

/** As declared in package.json. */
const providerId = 'codeagent';

/** A server that VS Code starts. The types for its API are newer than the oldest VS Code version that we support. */
export interface ServerDefinition {
  readonly label: string;
  command: string;
  args: string[];
  env: Record<string, string | number | null>;
}
interface ServersApi {
  readonly McpStdioServerDefinition?: new (
    label: string,
    command: string,
    args: string[],
    env: ServerDefinition['env'],
    version?: string,
  ) => ServerDefinition;
  readonly lm: {
    registerMcpServerDefinitionProvider?(
      id: string,
      provider: {
        onDidChangeMcpServerDefinitions: vscode.Event<void>;
        provideMcpServerDefinitions(): Promise<ServerDefinition[]>;
      },
    ): vscode.Disposable;
  };
}

/** How agents reach our tools, for tests. */
export interface Agents {
  /** The servers that are offered to VS Code; undefined if it does not support them. */
  servers(): Promise<ServerDefinition[] | undefined>;
}

/** Offers the tools for AI agents: as language model tools to VS Code's own chat, and to others as an MCP server that VS Code starts. */
export function registerAgents(context: WindowContext): Agents {
  const { subscriptions, extensionUri, storage, log } = context;
  const cli = vscode.Uri.joinPath(extensionUri, 'dist', 'cli.js').fsPath;
  const changed = new vscode.EventEmitter<void>();
  let process: { readonly key: string; readonly of: AgentProcess } | undefined;

  const endProcess = async () => {
    const ending = process;
    process = undefined;
    await ending?.of.end();
  };
  /** For these folders and settings; any change replaces it. */
  const running = async (): Promise<AgentProcess> => {
    const args = await argsOf(storage);
    const env = networkEnvironment(config.network());
    const key = JSON.stringify([args, env, currentToolSettings()]);
    if (process?.key !== key) {
      await endProcess();
      process = { key, of: new AgentProcess(cli, args, env, log) };
    }
    return process.of;
  };
  subscriptions.push(
    changed,
    new vscode.Disposable(() => void endProcess()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => changed.fire()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
    ...agentTools.map((tool) => vscode.lm.registerTool(`codeagent_${tool.name}`, languageModelTool(tool, running))),
  );

  const api = vscode as unknown as ServersApi;
  const { McpStdioServerDefinition: Definition } = api;
  const servers = async () => {
    if (!Definition) return undefined;
    if (rootsOf().length === 0) return [];
    // VS Code's own program is Electron, which runs as Node when told to.
    const env = { ...networkEnvironment(config.network()), ELECTRON_RUN_AS_NODE: '1' };
    return [
      new Definition('CodeAgent Scanner', globalThis.process.execPath, [cli, 'mcp', ...(await argsOf(storage))], env),
    ];
  };
  const registered = api.lm.registerMcpServerDefinitionProvider?.(providerId, {
    onDidChangeMcpServerDefinitions: changed.event,
    provideMcpServerDefinitions: async () => (await servers()) ?? [],
  });
  if (registered) subscriptions.push(registered);
  return { servers };
}

function rootsOf(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) => (uri.scheme === 'file' ? uri.fsPath : []));
}

/** The arguments of `codeagent mcp`: the folders, and a file with the settings. In Restricted Mode, the folders' decisions hide no findings. */
async function argsOf(storage: string): Promise<string[]> {
  const file = join(storage, 'agentTools.json');
  await mkdir(storage, { recursive: true, mode: 0o700 });
  await writeJson(file, currentToolSettings());
  const trust = vscode.workspace.isTrusted ? [] : ['--no-config'];
  return [...rootsOf().flatMap((root) => ['--root', root]), ...trust, '--tools', file];
}

function languageModelTool(
  tool: AgentTool,
  running: () => Promise<AgentProcess>,
): vscode.LanguageModelTool<Record<string, unknown>> {
  return {
    prepareInvocation: ({ input }) => prepared(tool, input),
    async invoke({ input }, token) {
      // A message that is too large would not be read at all.
      tool.check(input);
      if (rootsOf().length === 0) throw new Error(vscode.l10n.t('Open a folder first.'));
      const abort = new AbortController();
      const listening = token.onCancellationRequested(() => abort.abort());
      if (token.isCancellationRequested) abort.abort();
      try {
        const { text, data } = await (await running()).call(tool.name, input, abort.signal);
        const parts = [text, ...(data ? [JSON.stringify(data)] : [])];
        return new vscode.LanguageModelToolResult(parts.map((part) => new vscode.LanguageModelTextPart(part)));
      } finally {
        listening.dispose();
      }
    },
  };
}

/** The message while a tool runs and, for tools that write, the confirmation. */
function prepared({ name, title, writes }: AgentTool, input: Record<string, unknown>): vscode.PreparedToolInvocation {
  if (!writes || input['dry_run'] !== false) return { invocationMessage: vscode.l10n.t('CodeAgent: {0}', title) };
  const count = Array.isArray(input['fingerprints']) ? input['fingerprints'].length : 0;
  return {
    invocationMessage: vscode.l10n.t('CodeAgent: {0}', inertLine(name)),
    confirmationMessages: {
      title: vscode.l10n.t('Apply fixes?'),
      message: [
        count === 1
          ? vscode.l10n.t('CodeAgent writes the fix for 1 finding to your files if a rescan confirms it.')
          : vscode.l10n.t(
              'CodeAgent writes the fixes for {0} findings to your files if a rescan confirms them.',
              count,
            ),
        ...(input['unsafe'] === true ? [vscode.l10n.t('Some of them may change what correct code does.')] : []),
      ].join(' '),
    },
  };
}
