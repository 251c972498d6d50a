import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { ToolSettings } from '../../protocol';
import { config } from '../manifest/config';

/** What the embedded runner may use beside its own analyzers: nothing in an untrusted workspace. And how dependencies are looked up. */
export function currentToolSettings(): ToolSettings {
  const trusted = vscode.workspace.isTrusted;
  const { paths, rulesets, timeoutSec, custom, osv } = config.tools();
  return {
    external: trusted,
    automatic: trusted,
    workspacePrograms: trusted,
    paths: Object.fromEntries(Object.entries(paths).map(([id, path]) => [id, atHome(path)])),
    rulesets: Object.fromEntries(Object.entries(rulesets).map(([id, names]) => [id, names.map(atHome)])),
    timeoutSec,
    osv: { ...osv, database: osv.database.map(atHome) },
    custom: custom.map((tool) => ({ ...tool, command: tool.command.map(atHome) })),
  };
}

function atHome(path: string): string {
  return path.replace(/^~(?=[/\\])/, homedir());
}
