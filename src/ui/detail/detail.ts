import * as vscode from 'vscode';
import { errorMessage } from '../../base/errors';
import { writeFinding } from '../../findings/markdown';
import type { Finding } from '../../store/findings';
import { commands } from '../manifest/ids';
import { registerCommand } from '../window/command';
import type { WindowContext } from '../window/windowContext';
import { DetailView, type DetailFeatures } from './detailView';
import { registerFixCommands } from './fixCommands';
import { fixInChat, offerChat } from './fixInChat';

/** Registers the Finding Detail view, and the commands on one finding: they act on the one that is shown, unless they are called on another. */
export function registerDetail(context: WindowContext, followed: DetailFeatures): DetailView {
  const view = new DetailView(context, followed);
  context.subscriptions.push(view);
  const findingOf = (argument: unknown) => (isRow(argument) ? argument.finding : view.finding);
  registerFixCommands(context, followed, findingOf);
  registerCommand(context, commands.nextFlowStep, () => view.flow.move(1));
  registerCommand(context, commands.previousFlowStep, () => view.flow.move(-1));
  registerCommand(context, commands.copyFindingMarkdown, async (argument) => {
    const finding = findingOf(argument);
    if (finding) await vscode.env.clipboard.writeText(writeFinding(finding.issue));
  });
  registerCommand(context, commands.fixInChat, async (argument) => {
    const finding = findingOf(argument);
    if (finding) await fixInChat(finding);
  });
  offerChat().catch((error: unknown) => context.log.warn(errorMessage(error)));
  return view;
}

/** A row of the Findings view. A keybinding may pass anything. */
function isRow(value: unknown): value is { readonly finding: Finding } {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'finding' && 'finding' in value
  );
}
