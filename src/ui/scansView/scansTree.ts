import * as vscode from 'vscode';
import { DisposableStore, toDisposable, type Disposable } from '../../base/lifecycle';
import { isTerminal, type JobPhase, type PhaseStatus } from '../../protocol';
import { gapCountOf } from '../../store/coverage';
import type { ScanStore, TrackedJob } from '../../store/scanStore';
import { commands, views } from '../manifest/ids';
import { rows } from '../manifest/keys';
import { folderName } from '../words/jobName';
import { hasReport } from '../jobs/pickJob';
import { oneLine } from '../words/plainText';
import { jobIcon } from './jobIcons';
import { jobTooltip } from './jobTooltip';
import { Throttle } from './throttle';
import { serverItem, type ServerJobs, type ServerNode } from './serverJobs';
import { agoText } from '../words/ago';
import { comparisonText, placeText, scopeText, startOf } from '../words/jobFacts';
import { jobLabel, jobState, phaseDescription, phaseShort, phaseWord, statusTitle, tookText } from '../words/words';

/**
 * A row of the Scans view: a job, its comparison with the previous one or one of its phases, older jobs, the team's server or a job that
 * others started there.
 */
export type ScanNode =
  | { kind: 'start'; command: StartCommand }
  | { kind: 'job'; id: string }
  | { kind: 'comparison'; id: string }
  | { kind: 'phase'; id: string; phase: string }
  | { kind: 'earlier' }
  | ServerNode;

/** How many ended scans to show; older ones are folded. */
const newestEnded = 5;
/** How often to update the age of scans, in ms. */
const ageUpdateMs = 60_000;

const phaseIcons: Record<PhaseStatus, vscode.ThemeIcon> = {
  pending: new vscode.ThemeIcon('circle-outline'),
  running: new vscode.ThemeIcon('loading~spin', new vscode.ThemeColor('progressBar.background')),
  completed: new vscode.ThemeIcon('check', new vscode.ThemeColor('testing.iconPassed')),
  failed: new vscode.ThemeIcon('error', new vscode.ThemeColor('testing.iconFailed')),
  skipped: new vscode.ThemeIcon('debug-step-over'),
  canceled: new vscode.ThemeIcon('circle-slash'),
};

/** The Scans view: every job of this window, newest first, with its phases. */
export class ScansTree implements vscode.TreeDataProvider<ScanNode>, Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed = new vscode.EventEmitter<ScanNode[] | undefined>();
  readonly #throttle: Throttle<ScanNode | undefined>;
  readonly #nodes = new Map<string, ScanNode>();
  /** The jobs that had ended when VS Code last asked for all rows. */
  #ended = new Set<string>();
  readonly view: vscode.TreeView<ScanNode>;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(
    private readonly store: ScanStore,
    private readonly serverJobs: ServerJobs,
  ) {
    this.#disposables.add(this.#changed);
    this.#throttle = this.#disposables.add(
      new Throttle((nodes) => this.#changed.fire(nodes.every((node) => node !== undefined) ? nodes : undefined)),
    );
    this.view = this.#disposables.add(vscode.window.createTreeView(views.scans, { treeDataProvider: this }));
    const clock = setInterval(() => {
      if (this.view.visible && this.store.jobs.length > 0) this.#throttle.add(undefined);
    }, ageUpdateMs);
    this.#disposables.add(toDisposable(() => clearInterval(clock)));
    this.#disposables.add(serverJobs.onChange((row) => this.#throttle.add(row)));
    this.#disposables.add(
      store.onChange((change) => {
        if (
          change.action === 'checked' ||
          change.action === 'log' ||
          change.action === 'connection' ||
          change.action === 'findings'
        )
          return;
        if (change.action === 'removed') this.#forgetRemoved();
        // A scan that starts or ends moves the others.
        const known = change.from === change.to && change.job ? this.#nodes.get(change.job.id) : undefined;
        this.#throttle.add(known);
        this.#updateBadge();
      }),
    );
  }

  getChildren(node?: ScanNode): ScanNode[] | Promise<ScanNode[]> {
    if (!node) {
      this.#ended = new Set(this.store.jobs.filter(({ job }) => isTerminal(job.status)).map(({ id }) => id));
      return [
        ...this.#start(),
        ...this.#jobs.newest.map(({ id }) => this.#jobNode(id)),
        ...(this.#jobs.earlier.length > 0 ? [earlierNode] : []),
        ...this.serverJobs.roots(),
      ];
    }
    if (node.kind === 'earlier') return this.#jobs.earlier.map(({ id }) => this.#jobNode(id));
    if (node.kind === 'server') return this.serverJobs.children(node);
    if (node.kind !== 'job') return [];
    const { job, comparison } = this.store.get(node.id) ?? {};
    const phases = (job?.phases ?? []).map(({ phase }): ScanNode => ({ kind: 'phase', id: node.id, phase }));
    return comparison ? [{ kind: 'comparison', id: node.id }, ...phases] : phases;
  }

  getParent(node: ScanNode): ScanNode | undefined {
    if (node.kind === 'phase' || node.kind === 'comparison') return this.#jobNode(node.id);
    const isEarlier = node.kind === 'job' && this.#jobs.earlier.some(({ id }) => id === node.id);
    return isEarlier ? earlierNode : undefined;
  }

  getTreeItem(node: ScanNode): vscode.TreeItem {
    if (node.kind === 'start') return startItem(node.command);
    if (node.kind === 'server' || node.kind === 'serverJob' || node.kind === 'serverProblem') return serverItem(node);
    if (node.kind === 'earlier') return earlierItem(this.#jobs.earlier.length);
    const tracked = this.store.get(node.id);
    if (!tracked) return new vscode.TreeItem('');
    if (node.kind === 'job') return jobItem(tracked, this.#ended.has(node.id));
    if (node.kind === 'comparison') return comparisonItem(tracked, this.store);
    const phase = tracked.job.phases?.find((p) => p.phase === node.phase);
    return phase ? phaseItem(tracked, phase) : new vscode.TreeItem(node.phase);
  }

  /** Creates tooltips on demand: for a long history, they would take longer than the rows. */
  resolveTreeItem(item: vscode.TreeItem, node: ScanNode): vscode.TreeItem {
    const tracked = node.kind === 'job' ? this.store.get(node.id) : undefined;
    if (tracked) item.tooltip = jobTooltip(tracked.job, tracked.origin, tracked);
    return item;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** What the welcome text offers, as rows, since it is hidden once a server is configured. */
  #start(): ScanNode[] {
    const hasFolder = vscode.workspace.workspaceFolders?.some(({ uri }) => uri.scheme === 'file') ?? false;
    const isEmpty = this.store.jobs.length === 0;
    return hasFolder && isEmpty && this.serverJobs.roots().length > 0 ? startNodes : [];
  }

  /** The visible scans, and those that are folded below them: all ended scans but the newest. */
  get #jobs(): { readonly newest: readonly TrackedJob[]; readonly earlier: readonly TrackedJob[] } {
    const { jobs } = this.store;
    const ended = jobs.filter(({ job }) => isTerminal(job.status));
    const earlier = new Set(ended.slice(newestEnded));
    return { newest: jobs.filter((tracked) => !earlier.has(tracked)), earlier: [...earlier] };
  }

  /** The node of a job, always the same object, since VS Code identifies rows by it. */
  #jobNode(id: string): ScanNode {
    const known = this.#nodes.get(id);
    if (known) return known;
    const node: ScanNode = { kind: 'job', id };
    this.#nodes.set(id, node);
    return node;
  }

  #forgetRemoved(): void {
    for (const id of this.#nodes.keys()) if (!this.store.get(id)) this.#nodes.delete(id);
  }

  #updateBadge(): void {
    const running = this.store.running.length;
    const tooltip =
      running === 1 ? vscode.l10n.t('1 scan is running') : vscode.l10n.t('{0} scans are running', running);
    this.view.badge = running > 0 ? { value: running, tooltip } : undefined;
  }
}

/** Without arguments: VS Code would wrap them in a temporary command and drop that on the next refresh, even during a click. */
const openRow: vscode.Command = { command: commands.openRow, title: vscode.l10n.t('Open') };

const starts = {
  scanWorkspace: {
    label: vscode.l10n.t('Scan Workspace'),
    icon: 'play',
    tooltip: vscode.l10n.t('Not scanned yet. Click to scan the workspace.'),
  },
  importSarif: {
    label: vscode.l10n.t('Import SARIF…'),
    icon: 'cloud-download',
    tooltip: vscode.l10n.t('Click to look at what another tool has found.'),
  },
  openWalkthrough: {
    label: vscode.l10n.t('Open Walkthrough'),
    icon: 'mortar-board',
    tooltip: vscode.l10n.t('Click to see four steps from the first scan to a fix.'),
  },
};
type StartCommand = keyof typeof starts;
const startNodes: ScanNode[] = (['scanWorkspace', 'importSarif', 'openWalkthrough'] as const).map((command) => ({
  kind: 'start',
  command,
}));

function startItem(command: StartCommand): vscode.TreeItem {
  const { label, icon, tooltip } = starts[command];
  const item = new vscode.TreeItem(label);
  item.id = `start/${command}`;
  item.iconPath = new vscode.ThemeIcon(icon);
  item.tooltip = tooltip;
  item.accessibilityInformation = { label: tooltip };
  item.command = { command: commands[command], title: label };
  return item;
}

const earlierNode: ScanNode = { kind: 'earlier' };

function earlierItem(count: number): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Earlier scans'), vscode.TreeItemCollapsibleState.Collapsed);
  item.id = 'earlier';
  item.description = String(count);
  item.iconPath = new vscode.ThemeIcon('history');
  item.contextValue = rows.earlier;
  item.accessibilityInformation = { label: vscode.l10n.t('Earlier scans, {0}', count) };
  return item;
}

function comparisonItem({ id, comparison }: TrackedJob, store: ScanStore): vscode.TreeItem {
  const text = comparison ? comparisonText(comparison) : '';
  const item = new vscode.TreeItem(text);
  const before = comparison && store.get(comparison.before);
  const at = before && startOf(before);
  const since = at === undefined ? vscode.l10n.t('since the previous scan') : sinceText(agoText(at, Date.now()));
  item.id = `${id}/comparison`;
  item.description = since;
  item.iconPath = new vscode.ThemeIcon('diff');
  item.contextValue = rows.comparison;
  item.tooltip = vscode.l10n.t('{0} {1}. Click to list them.', text, since);
  item.accessibilityInformation = { label: `${text}, ${since}`, role: 'treeitem' };
  item.command = openRow;
  return item;
}

function sinceText(ago: string): string {
  return vscode.l10n.t('since the scan {0}', ago);
}

/** A job's current activity or its result; what changed since the previous one; when, which parts, where, and its duration. */
function descriptionOf(tracked: TrackedJob): string {
  const { job, comparison, origin } = tracked;
  const state = jobState(job, gapCountOf(tracked));
  if (!isTerminal(job.status)) return state;
  const at = startOf(tracked);
  const scope = scopeText(tracked);
  return [
    state,
    ...(comparison && comparison.added + comparison.fixed > 0 ? [comparisonText(comparison)] : []),
    ...(at === undefined ? [] : [agoText(at, Date.now())]),
    ...(scope === undefined || scope === jobLabel(job) ? [] : [scope]),
    placeText(origin),
    ...tookText(job),
  ].join(' · ');
}

/** @param folds whether the row's ID differs from the running job's, so that VS Code collapses it */
function jobItem(tracked: TrackedJob, folds: boolean): vscode.TreeItem {
  const { job } = tracked;
  const gaps = gapCountOf(tracked);
  const label = jobLabel(job);
  const item = new vscode.TreeItem(
    label,
    folds ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.Expanded,
  );
  // VS Code remembers by the ID whether a row is expanded, so the row of an ended scan has another.
  // If a row changes its ID without its siblings being asked for anew, VS Code shows it twice.
  item.id = folds ? tracked.id : `${tracked.id}/running`;
  const folder = folderName(tracked);
  const description = descriptionOf(tracked);
  // With several folders, the label of a partial scan does not say which one it is in.
  item.description = folder === undefined || folder === label ? description : `${folder} · ${description}`;
  item.iconPath = jobIcon(job, gaps);
  item.contextValue = !isTerminal(job.status)
    ? rows.running
    : gaps > 0
      ? rows.gaps
      : hasReport(tracked)
        ? rows.completed
        : rows.ended;
  item.accessibilityInformation = {
    label: `${label}, ${gaps > 0 ? `${statusTitle(job, gaps)}, ` : ''}${description}`,
    role: 'treeitem',
  };
  item.command = openRow;
  return item;
}

function phaseItem(tracked: TrackedJob, phase: JobPhase): vscode.TreeItem {
  const title = phaseShort(phase.phase, tracked.job);
  const isAnalyzer = phase.phase.startsWith('analyze:');
  const description = phaseDescription(phase);
  // Just the analyzer's name, which must not be cut off in a narrow side bar.
  const item = new vscode.TreeItem(isAnalyzer ? oneLine(phase.phase.slice('analyze:'.length), 60) : title);
  item.id = `${tracked.id}/${phase.phase}`;
  item.description = description;
  item.iconPath = phaseIcons[phase.status];
  item.contextValue = rows.phase;
  item.tooltip = `${title}: ${description}`;
  item.accessibilityInformation = { label: `${title}, ${phaseWord(phase.status)}, ${description}`, role: 'treeitem' };
  return item;
}
