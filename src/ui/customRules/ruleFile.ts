import { isAbsolute, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import { customKindOf } from '../../findings/policy/customFiles';
import { currentToolSettings } from '../jobs/toolSettings';

/** A file with custom rules or models in a workspace folder, or in a rule pack. */
export interface RuleFile {
  readonly uri: vscode.Uri;
  /** The workspace folder to try the rule in. */
  readonly folder: string;
  /** Its path for the service: relative to the folder, or below the pack as configured. */
  readonly file: string;
}

/** The custom file that a document is; undefined if it is not one. */
export function ruleFileOf(uri: vscode.Uri): RuleFile | undefined {
  if (uri.scheme !== 'file' || !/\.ya?ml$/i.test(uri.path)) return undefined;
  const workspace = vscode.workspace.getWorkspaceFolder(uri);
  const file = workspace && below(workspace.uri.fsPath, uri);
  if (workspace && file !== undefined && customKindOf(file)) return { uri, folder: workspace.uri.fsPath, file };
  const [first] = vscode.workspace.workspaceFolders ?? [];
  const pack = currentToolSettings().rulePacks.find((path) => below(path, uri) !== undefined);
  if (pack === undefined || !first || uri.path.endsWith('/_utils.yml')) return undefined;
  const folder = workspace?.uri.fsPath ?? first.uri.fsPath;
  return { uri, folder, file: `${pack}/${below(pack, uri) ?? ''}` };
}

/** The path of a file below a folder, '/'-separated; undefined if it is elsewhere. */
function below(folder: string, uri: vscode.Uri): string | undefined {
  const way = relative(folder, uri.fsPath);
  return way === '' || isAbsolute(way) || way.split(sep)[0] === '..' ? undefined : way.split(sep).join('/');
}

/** The pattern of a folder's custom files. */
export function customFilePattern(folder: vscode.Uri): vscode.RelativePattern {
  return new vscode.RelativePattern(vscode.Uri.joinPath(folder, '.codeagent'), '{rules,models}/**/*.{yml,yaml}');
}
