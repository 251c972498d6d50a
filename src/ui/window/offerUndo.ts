import * as vscode from 'vscode';
import type { Undo } from '../decisions/decisions';
import { showingErrors } from './command';

/** An additional action in a message. */
export interface Offer {
  readonly title: string;
  readonly run: () => Promise<void>;
}

/** Says what was done, and offers to undo it, and possibly a next step. Does not wait for the answer. */
export function offerUndo(text: string, undo: Undo, log: vscode.LogOutputChannel, next?: Offer): void {
  const button = vscode.l10n.t('Undo');
  void showingErrors(log, async () => {
    const buttons = next ? [next.title, button] : [button];
    const choice = await vscode.window.showInformationMessage(text, ...buttons);
    if (choice === button) await undo();
    else if (next && choice === next.title) await next.run();
  });
}
