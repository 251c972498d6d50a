import { join } from 'node:path';
import * as vscode from 'vscode';
import { chatQuestion } from '../../findings/chatQuestion';
import type { Finding } from '../../store/findings';
import { contextKeys } from '../manifest/keys';

/** VS Code's own command, which exists if it has a chat. */
const openChat = 'workbench.action.chat.open';

/** Tells VS Code whether to offer the command. */
export async function offerChat(): Promise<void> {
  const isThere = (await vscode.commands.getCommands(true)).includes(openChat);
  await vscode.commands.executeCommand('setContext', contextKeys.hasChat, isThere);
}

/** Opens VS Code's chat with a prompt about a finding. Nothing is sent: the user reads it, and sends it or not. */
export async function fixInChat({ issue, folder }: Finding): Promise<void> {
  // The tools resolve relative paths against the first folder.
  const isFirst = folder === undefined || folder === vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const query = chatQuestion(issue, isFirst ? issue.file : join(folder, issue.file));
  await vscode.commands.executeCommand(openChat, { query, isPartialQuery: true });
}
