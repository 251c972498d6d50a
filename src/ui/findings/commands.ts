import * as vscode from 'vscode';
import { CodedError, errorMessage, isAbort } from '../../base/errors';
import { titledMessage } from '../../findings/title';
import { severities } from '../../protocol';
import { folderOf, groupings, noFilter, type Finding, type Grouping } from '../../store/findings';
import { jobIdOf } from '../jobs/pickJob';
import type { Undo } from '../decisions/decisions';
import { config } from '../manifest/config';
import { commands, settings, views } from '../manifest/ids';
import { registerCommand } from '../window/command';
import { offerUndo } from '../window/offerUndo';
import type { WindowContext } from '../window/windowContext';
import { inertLine, oneLine } from '../words/plainText';
import { findingCount, severityWord } from '../words/words';
import { GitChanges } from '../scanning/gitChanges';
import { FindingsTree, type FindingNode } from './findingsTree';
import { mainBranch, namesOf, type NewSince } from '../decisions/newSince';
import { ignoreHere, openFinding } from './openFinding';
import { showDecision } from './showDecision';

/** Registers the Findings view and its commands. */
export function registerFindings(context: WindowContext): FindingsTree {
  const { scans, store, decisions, rulePages, log } = context;
  const tree = new FindingsTree(
    store,
    decisions,
    context.standing,
    context.changed,
    context.newSince,
    context.workspaceState,
  );
  context.subscriptions.push(tree);
  const register = (
    id: Parameters<typeof registerCommand>[1],
    run: (node?: FindingNode, nodes?: FindingNode[]) => Promise<void> | void,
  ) =>
    registerCommand(context, id, (node, nodes) =>
      run(isNode(node) ? node : undefined, Array.isArray(nodes) ? nodes.filter(isNode) : undefined),
    );

  registerCommand(context, commands.showFindings, async (argument) => {
    const id = jobIdOf(argument);
    // The report of an earlier window's job has to be fetched.
    if (id !== undefined && store.get(id)?.job.status === 'completed') await scans.loadReport(id);
    tree.showJob(id);
    await vscode.commands.executeCommand(`${views.findings}.focus`);
  });
  register(commands.openFinding, async (node) => {
    const [finding] = chosen(tree, node);
    if (finding) await openFinding(finding);
  });
  let previewed: string | undefined;
  register(commands.previewFinding, async (node) => {
    const [finding] = chosen(tree, node);
    if (!finding) return;
    // A click or Enter previews; a second one on the same row focuses the editor.
    const again = finding.id === previewed;
    previewed = again ? undefined : finding.id;
    await openFinding(finding, { preserveFocus: !again });
  });
  register(commands.copyFinding, async (node, nodes) => {
    const found = chosen(tree, node, nodes);
    if (found.length > 0) await vscode.env.clipboard.writeText(found.map(copyText).join('\n'));
  });
  const confirm = (text: string, undo: Undo) => offerUndo(text, undo, log);
  const addToBaseline = async (list: readonly Finding[]) => {
    if (list.length === 0) return;
    const undo = await decisions.addToBaseline(list);
    confirm(vscode.l10n.t('Added to the baseline: {0}.', findingCount(list.length)), undo);
  };
  register(commands.addToBaseline, (node, nodes) => addToBaseline(chosen(tree, node, nodes)));
  register(commands.baselineAll, async () => addToBaseline(await openAfterAsking(tree)));
  register(commands.ignoreRule, async (node) => {
    const [finding] = chosen(tree, node);
    if (!finding) return;
    const undo = await decisions.ignoreRule(finding);
    confirm(vscode.l10n.t('Ignored in this workspace: {0}.', oneLine(finding.issue.rule_id, 80)), undo);
  });
  register(commands.turnOffRule, async (node) => {
    const [finding] = chosen(tree, node);
    if (!finding) return;
    const undo = await decisions.turnOffRule(finding);
    confirm(vscode.l10n.t('Off in .codeagent/config.json: {0}.', oneLine(finding.issue.rule_id, 80)), undo);
  });
  register(commands.explainDecision, async (node) => {
    const [finding] = chosen(tree, node);
    if (finding) await showDecision(finding);
  });
  register(commands.ignoreInFile, async (node) => {
    const [finding] = chosen(tree, node);
    if (!finding) return;
    const undo = await decisions.ignoreRuleIn(finding, 'file');
    const [rule, file] = [oneLine(finding.issue.rule_id, 80), oneLine(finding.issue.file, 120)];
    confirm(vscode.l10n.t('Ignored in {0}: {1}.', file, rule), undo);
  });
  register(commands.ignoreInFolder, async (node) => {
    const [finding] = chosen(tree, node);
    if (!finding) return;
    const undo = await decisions.ignoreRuleIn(finding, 'folder');
    const folder = folderOf(finding.issue.file) || finding.source;
    confirm(vscode.l10n.t('Ignored in {0}: {1}.', oneLine(folder, 120), oneLine(finding.issue.rule_id, 80)), undo);
  });
  register(commands.ignoreHere, async (node) => {
    const [finding] = chosen(tree, node);
    if (!finding) return;
    const undo = await ignoreHere(finding);
    const folder = finding.folder === undefined ? undefined : vscode.Uri.file(finding.folder);
    const text = config.get(settings.scanOnSave, folder)
      ? vscode.l10n.t('The comment takes effect when the file is saved; for an external tool, with the next scan.')
      : vscode.l10n.t('The comment takes effect with the next scan. The file is not saved yet.');
    confirm(text, undo);
  });
  register(commands.restoreFinding, async (node, nodes) => {
    const list = chosen(tree, node, nodes);
    if (list.length === 0) return;
    const undo = await decisions.restore(list);
    confirm(vscode.l10n.t('Reopened: {0}.', findingCount(list.length)), undo);
  });
  register(commands.explainFinding, async (node) => {
    const [finding] = chosen(tree, node);
    if (finding) await rulePages.show(finding.issue);
  });
  register(commands.showMoreFindings, (node) => {
    if (node) tree.showMore(node);
  });
  register(commands.groupFindings, () => chooseGrouping(tree));
  register(commands.filterFindings, () => chooseFilter(tree));
  register(commands.searchFindings, () => askForText(tree));
  register(commands.clearFindingsFilter, () => tree.setFilter(noFilter));
  register(commands.showNewSince, () => showNewSince(context.newSince));
  register(commands.showAllAgain, () => context.newSince.clear());

  /** Fetches the reports of earlier windows only when the view is shown. */
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

/** Shows what is new since each folder's main branch, or since a branch that the user picks if it has none. */
async function showNewSince(newSince: NewSince): Promise<void> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  const refs = new Map<string, string>();
  const errors: unknown[] = [];
  let chosen: string | undefined;
  for (const folder of folders)
    try {
      const branches = await branchesOf(folder);
      let ref = mainBranch(branches) ?? branches.find((branch) => branch === chosen);
      if (ref === undefined) {
        const title = vscode.l10n.t('New in {0} since …', folder.name);
        ref = chosen = await vscode.window.showQuickPick(branches, { title });
      }
      if (ref === undefined) return;
      refs.set(folder.uri.fsPath, ref);
    } catch (error) {
      errors.push(error);
    }
  if (refs.size === 0 && errors.length > 0) throw errors[0];
  if (refs.size === 0) return;
  const title = vscode.l10n.t('Comparing with {0}', namesOf(refs));
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (_progress, token) => {
      const abort = new AbortController();
      const listening = token.onCancellationRequested(() => abort.abort());
      try {
        const unknown = await newSince.show(refs, abort.signal);
        explainUnfiltered([...errors.map(errorMessage), ...unknown]);
      } catch (error) {
        // Also if it is requested again, or all findings are to be shown.
        if (!isAbort(error)) throw error;
      } finally {
        listening.dispose();
      }
    },
  );
}

/** Says why all findings of some folders are shown. */
function explainUnfiltered(reasons: readonly string[]): void {
  if (reasons.length === 0) return;
  const text = vscode.l10n.t('All findings of some folders are shown: {0}', reasons.join(' '));
  void vscode.window.showWarningMessage(inertLine(text));
}

/** @throws CodedError NO_GIT if there is none */
async function branchesOf(folder: vscode.WorkspaceFolder): Promise<readonly string[]> {
  const branches = await (await GitChanges.of(folder)).branches();
  if (branches.length > 0) return branches;
  const message = vscode.l10n.t('{0} has no branch to compare with: nothing is committed.', folder.name);
  throw new CodedError('NO_GIT', message);
}

/** Asks for confirmation, since a team does this once, at the start. */
async function openAfterAsking(tree: FindingsTree): Promise<readonly Finding[]> {
  const open = tree.shown.filter((finding) => finding.state === 'open');
  if (open.length === 0) return [];
  const add = vscode.l10n.t('Add');
  const detail = vscode.l10n.t(
    'They will be written to .codeagent/baseline.json, and only new findings will be shown from now on.',
  );
  const choice = await vscode.window.showInformationMessage(
    vscode.l10n.t('Add {0} to the baseline?', findingCount(open.length)),
    { modal: true, detail },
    add,
  );
  return choice === add ? open : [];
}

/** Checks the argument, since a keybinding may pass anything. */
function isNode(value: unknown): value is FindingNode {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    ['finding', 'group', 'more'].includes(String(value.kind))
  );
}

/** The findings a command applies to: those of the given rows, or of the selected rows if it was not called on one. */
function chosen(tree: FindingsTree, node?: FindingNode, nodes?: readonly FindingNode[]): Finding[] {
  const rows = nodes && nodes.length > 0 ? nodes : node ? [node] : tree.view.selection;
  return rows.flatMap((row) => {
    if (row.kind === 'finding') return [row.finding];
    return row.kind === 'group' ? row.group.findings : [];
  });
}

/** `src/a.js:9: high: title: message (rule)`, in the style of compilers. */
function copyText({ issue }: Finding): string {
  return `${issue.file}:${issue.line}: ${issue.severity}: ${titledMessage(issue)} (${issue.rule_id})`;
}

const groupingWords: Record<Grouping, string> = {
  severity: vscode.l10n.t('Severity'),
  file: vscode.l10n.t('File'),
  folder: vscode.l10n.t('Folder'),
  title: vscode.l10n.t('Title'),
  cwe: vscode.l10n.t('CWE'),
  analyzer: vscode.l10n.t('Analyzer'),
};

async function chooseGrouping(tree: FindingsTree): Promise<void> {
  const items = groupings.map((by) => ({
    label: groupingWords[by],
    description: by === tree.grouping ? vscode.l10n.t('current') : '',
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
  const currentFile = { label: vscode.l10n.t('only the file in the editor'), picked: filter.currentFile };
  const newOnly = { label: vscode.l10n.t('only new since the baseline'), picked: filter.newOnly };
  const items = [
    title(vscode.l10n.t('Severity')),
    ...bySeverity,
    title(vscode.l10n.t('Analyzer')),
    ...byAnalyzer,
    title(vscode.l10n.t('Also')),
    currentFile,
    suppressed,
    newOnly,
  ];
  const picked = await vscode.window.showQuickPick<vscode.QuickPickItem>(items, {
    title: vscode.l10n.t('Select the findings to show'),
    canPickMany: true,
  });
  if (!picked) return;
  tree.setFilter({
    ...filter,
    hiddenSeverities: bySeverity.filter((item) => !picked.includes(item)).map((item) => item.id),
    currentFile: picked.includes(currentFile),
    suppressed: picked.includes(suppressed),
    newOnly: picked.includes(newOnly),
    hiddenAnalyzers: byAnalyzer.filter((item) => !picked.includes(item)).map((item) => item.id),
  });
}

async function askForText(tree: FindingsTree): Promise<void> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Search Findings'),
    prompt: vscode.l10n.t(
      'Searches title, message, rule, file and CWE number; prefix a word with path:, rule: or cwe: to search only there. Leave empty to show all findings.',
    ),
    value: tree.filter.text,
  });
  if (text !== undefined) tree.setFilter({ ...tree.filter, text });
}
