import * as vscode from 'vscode';
import { errorMessage } from '../../base/errors';
import { severities } from '../../protocol';
import { groupings, noFilter, type Finding, type Grouping } from '../../store/findings';
import { jobIdOf } from '../jobs/pickJob';
import type { Undo } from '../decisions/decisions';
import { RulePages } from '../explain/rulePages';
import { commands, views } from '../manifest/ids';
import { registerCommand, showError } from '../window/command';
import type { WindowContext } from '../window/windowContext';
import { oneLine } from '../words/plainText';
import { findingCount, severityWord } from '../words/words';
import { FindingsTree, type FindingNode } from './findingsTree';
import { ignoreHere, openFinding } from './openFinding';

/** Registers the Findings view, and what can be done in it. */
export function registerFindings(context: WindowContext): FindingsTree {
  const { scans, store, decisions, log } = context;
  const tree = new FindingsTree(store, decisions, context.standing, context.workspaceState);
  context.subscriptions.push(tree);
  const pages = RulePages.register(context, log);
  const register = (
    id: Parameters<typeof registerCommand>[1],
    run: (node?: FindingNode, nodes?: FindingNode[]) => Promise<void> | void,
  ) =>
    registerCommand(context, id, (node, nodes) =>
      run(isNode(node) ? node : undefined, Array.isArray(nodes) ? nodes.filter(isNode) : undefined),
    );

  registerCommand(context, commands.showFindings, async (argument) => {
    const id = jobIdOf(argument);
    // A job of an earlier window has its report at its service.
    if (id !== undefined && store.get(id)?.job.status === 'completed') await scans.loadReport(id);
    tree.showJob(id);
    await vscode.commands.executeCommand(`${views.findings}.focus`);
  });
  register(commands.openFinding, async (node) => {
    const [finding] = chosen(tree, node);
    if (finding) await openFinding(finding);
  });
  register(commands.copyFinding, async (node, nodes) => {
    const found = chosen(tree, node, nodes);
    if (found.length > 0) await vscode.env.clipboard.writeText(found.map(copyText).join('\n'));
  });
  const say = (text: string, undo: Undo) => void offerUndo(text, undo, log);
  const addToBaseline = async (list: readonly Finding[]) => {
    if (list.length === 0) return;
    const undo = await decisions.addToBaseline(list);
    say(vscode.l10n.t('Added to the baseline: {0}.', findingCount(list.length)), undo);
  };
  register(commands.addToBaseline, (node, nodes) => addToBaseline(chosen(tree, node, nodes)));
  register(commands.baselineAll, async () => addToBaseline(await openAfterAsking(tree)));
  register(commands.ignoreRule, async (node) => {
    const [finding] = chosen(tree, node);
    if (!finding) return;
    const undo = await decisions.ignoreRule(finding);
    say(vscode.l10n.t('Ignored in this workspace: {0}.', oneLine(finding.issue.rule_id, 80)), undo);
  });
  register(commands.ignoreHere, async (node) => {
    const [finding] = chosen(tree, node);
    if (!finding) return;
    const undo = await ignoreHere(finding);
    say(vscode.l10n.t('The comment counts from the next scan on. The file is not saved yet.'), undo);
  });
  register(commands.restoreFinding, async (node, nodes) => {
    const list = chosen(tree, node, nodes);
    if (list.length === 0) return;
    const undo = await decisions.restore(list);
    say(vscode.l10n.t('Open again: {0}.', findingCount(list.length)), undo);
  });
  register(commands.explainFinding, async (node) => {
    const [finding] = chosen(tree, node);
    if (finding) await pages.show(finding.issue);
  });
  register(commands.showMoreFindings, (node) => {
    if (node) tree.showMore(node);
  });
  register(commands.groupFindings, () => chooseGrouping(tree));
  register(commands.filterFindings, () => chooseFilter(tree));
  register(commands.searchFindings, () => askForText(tree));
  register(commands.clearFindingsFilter, () => tree.setFilter(noFilter));

  /** A report of an earlier window is fetched when somebody looks, not before. */
  const load = async () => {
    if (!tree.view.visible) return;
    for (const { id, report } of tree.jobs) if (!report) await scans.loadReport(id);
  };
  context.subscriptions.push(
    tree.view.onDidChangeVisibility(() => {
      load().catch((error: unknown) => log.warn(errorMessage(error)));
    }),
  );
  return tree;
}

/** Asks first: it is what a team does once, when it begins. */
async function openAfterAsking(tree: FindingsTree): Promise<readonly Finding[]> {
  const open = tree.shown.filter((finding) => finding.state === 'open');
  if (open.length === 0) return [];
  const add = vscode.l10n.t('Add');
  const detail = vscode.l10n.t(
    'They are written to .codeagent/baseline.json, and only what is new is shown from now on.',
  );
  const choice = await vscode.window.showInformationMessage(
    vscode.l10n.t('Add {0} to the baseline?', findingCount(open.length)),
    { modal: true, detail },
    add,
  );
  return choice === add ? open : [];
}

/** Says what was decided, with the way back. */
async function offerUndo(text: string, undo: Undo, log: vscode.LogOutputChannel): Promise<void> {
  const back = vscode.l10n.t('Undo');
  try {
    if ((await vscode.window.showInformationMessage(text, back)) === back) await undo();
  } catch (error) {
    showError(error, log);
  }
}

/** A keybinding may call a command with anything. */
function isNode(value: unknown): value is FindingNode {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    ['finding', 'group', 'more'].includes(String(value.kind))
  );
}

/** The rows a command is for: those selected when it was called on one of them, or on none. */
function chosen(tree: FindingsTree, node?: FindingNode, nodes?: readonly FindingNode[]): Finding[] {
  const rows = nodes && nodes.length > 0 ? nodes : node ? [node] : tree.view.selection;
  return rows.flatMap((row) => {
    if (row.kind === 'finding') return [row.finding];
    return row.kind === 'group' ? row.group.findings : [];
  });
}

/** `src/a.js:9: high: message (rule)`, as compilers print it. */
function copyText({ issue }: Finding): string {
  return `${issue.file}:${issue.line}: ${issue.severity}: ${issue.message} (${issue.rule_id})`;
}

const groupingWords: Record<Grouping, string> = {
  severity: vscode.l10n.t('Severity'),
  file: vscode.l10n.t('File'),
  rule: vscode.l10n.t('Rule'),
  analyzer: vscode.l10n.t('Analyzer'),
};

async function chooseGrouping(tree: FindingsTree): Promise<void> {
  const items = groupings.map((by) => ({
    label: groupingWords[by],
    description: by === tree.grouping ? vscode.l10n.t('now') : '',
    by,
  }));
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Group findings by') });
  if (picked) tree.groupBy(picked.by);
}

async function chooseFilter(tree: FindingsTree): Promise<void> {
  const { filter } = tree;
  const title = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator, apply: undefined });
  const analyzers = [...new Set([...tree.analyzers, ...filter.hiddenAnalyzers])].sort();
  const bySeverity = severities.map((id) => ({
    label: severityWord(id),
    id,
    picked: !filter.hiddenSeverities.includes(id),
  }));
  const byAnalyzer = analyzers.map((id) => ({ label: id, id, picked: !filter.hiddenAnalyzers.includes(id) }));
  const suppressed = { label: vscode.l10n.t('ignored or in the baseline'), picked: filter.suppressed };
  const newOnly = { label: vscode.l10n.t('only what is new since the baseline'), picked: filter.newOnly };
  const items = [
    title(vscode.l10n.t('Severity')),
    ...bySeverity,
    title(vscode.l10n.t('Analyzer')),
    ...byAnalyzer,
    title(vscode.l10n.t('Also')),
    suppressed,
    newOnly,
  ];
  const picked = await vscode.window.showQuickPick<vscode.QuickPickItem>(items, {
    title: vscode.l10n.t('Show findings of'),
    canPickMany: true,
  });
  if (!picked) return;
  tree.setFilter({
    ...filter,
    hiddenSeverities: bySeverity.filter((item) => !picked.includes(item)).map((item) => item.id),
    suppressed: picked.includes(suppressed),
    newOnly: picked.includes(newOnly),
    hiddenAnalyzers: byAnalyzer.filter((item) => !picked.includes(item)).map((item) => item.id),
  });
}

async function askForText(tree: FindingsTree): Promise<void> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Search Findings'),
    prompt: vscode.l10n.t('Words in the message, the rule, the file or the CWE number. Empty shows all.'),
    value: tree.filter.text,
  });
  if (text !== undefined) tree.setFilter({ ...tree.filter, text });
}
