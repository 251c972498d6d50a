import * as vscode from 'vscode';
import { writeFinding } from '../../findings/markdown';
import type { Finding } from '../../store/findings';
import { contextKeys } from '../manifest/keys';

/** VS Code's own command, which is there where it has a chat. */
const openChat = 'workbench.action.chat.open';

/** Tells VS Code whether to offer the command. */
export async function offerChat(): Promise<void> {
  const isThere = (await vscode.commands.getCommands(true)).includes(openChat);
  await vscode.commands.executeCommand('setContext', contextKeys.hasChat, isThere);
}

/** Opens VS Code's chat with a question about a finding. Nothing is sent: the person reads it, and sends it or not. */
export async function fixInChat(finding: Finding): Promise<void> {
  await vscode.commands.executeCommand(openChat, { query: chatQuestion(finding), isPartialQuery: true });
}

/** What the chat is asked: the finding with its flow and its line, and which tools there are for it. */
export function chatQuestion({ issue }: Pick<Finding, 'issue'>): string {
  const print = issue.fingerprint === undefined ? '' : ` (fingerprint ${issue.fingerprint})`;
  return [
    `Fix this security finding in ${issue.file}, line ${issue.line}${print}, with as little change as possible.`,
    issue.fix
      ? 'It has a fix: scan the file with #codeagentScan, try the fix with #codeagentFix, and show me the diff before you write it.'
      : 'Look at #codeagentExplain for what is wrong, and check the new code with #codeagentCheckCode before you write it.',
    'Then scan the file again with #codeagentScan. Do not silence the finding.',
    '',
    writeFinding(issue),
  ].join('\n');
}
