import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { ToolSettings } from '../../protocol';
import { config } from '../manifest/config';

/** The external tools that the embedded runner may use (none in an untrusted workspace), and how it looks up dependencies. */
export function currentToolSettings(): ToolSettings {
  const trusted = vscode.workspace.isTrusted;
  const { paths, rulesets, timeoutSec, custom, osv, rulePacks } = config.tools();
  return {
    external: trusted,
    automatic: trusted,
    workspacePrograms: trusted,
    paths: Object.fromEntries(Object.entries(paths).map(([id, path]) => [id, expandHome(path)])),
    rulesets: Object.fromEntries(Object.entries(rulesets).map(([id, names]) => [id, names.map(expandHome)])),
    timeoutSec,
    osv: { ...osv, database: osv.database.map(expandHome) },
    rulePacks: rulePacks.map(expandHome),
    custom: custom.map((tool) => ({ ...tool, command: tool.command.map(expandHome) })),
  };
}

function expandHome(path: string): string {
  return path.replace(/^~(?=[/\\])/, homedir());
}
