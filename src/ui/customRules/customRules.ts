import * as vscode from 'vscode';
import { commands, views } from '../manifest/ids';
import { registerCommand } from '../window/command';
import type { WindowContext } from '../window/windowContext';
import { MatchesTree } from './matchesTree';
import { MatchMarks } from './matchMarks';
import { RuleProblems } from './ruleProblems';
import { registerRuleSchema } from './ruleSchema';
import { RuleTests } from './ruleTests';
import { TryRule } from './tryRule';

/** Registers the support for writing custom rules and models: live matches, problems, examples as tests, and schemas. */
export function registerCustomRules(context: WindowContext): { readonly trial: TryRule; readonly tests: RuleTests } {
  const trial = new TryRule(context);
  const tests = new RuleTests(context);
  const tree = new MatchesTree(trial);
  context.subscriptions.push(trial, tests, tree, new MatchMarks(trial), new RuleProblems(context.store, trial));
  registerRuleSchema(context);
  registerCommand(context, commands.tryRule, async () => {
    await vscode.commands.executeCommand(`${views.ruleMatches}.focus`);
  });
  return { trial, tests };
}
