import * as vscode from 'vscode';
import * as z from 'zod';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import { Paced } from '../../base/paced';
import { Soon } from '../../base/soon';
import { isTerminal, severities, severity } from '../../protocol';
import {
  findingsOf,
  standingJobs,
  filtered,
  grouped,
  groupings,
  isFiltering,
  noFilter,
  type Finding,
  type FindingGroup,
  type FindingsFilter,
  type Grouping,
} from '../../store/findings';
import type { ScanStore, StoreChange, TrackedJob } from '../../store/scanStore';
import { gapCountOf } from '../../store/coverage';
import { totalOf } from '../../store/standing';
import { commands, views } from '../manifest/ids';
import { contextKeys } from '../manifest/keys';
import { jobLabel, gapCount, resultText, severityWord } from '../words/words';
import { countsAsOpen, type Decisions } from '../decisions/decisions';
import type { ChangedFindings } from '../decisions/changedFindings';
import type { StandingNow } from '../decisions/standingNow';
import type { NewSince } from '../decisions/newSince';
import { findingItem, findingText, groupItem, type GroupNode } from './findingItem';

/** A row of the Findings view; `more` loads the rest of a long group. */
export type FindingNode =
  | GroupNode
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'more'; readonly of: string; readonly left: number };

/** How many rows of a level to show, and to add with each "Show more": VS Code stutters with thousands. */
const pageSize = 500;
/** How often at most to show what typing or a running scan changes, in ms. */
const intervalMs = 500;
/** Lists with no more findings than this start expanded. */
const shortList = 60;

const memory = z.object({
  by: z.enum(groupings).catch('severity'),
  filter: z.object({
    hiddenSeverities: z.array(severity),
    hiddenAnalyzers: z.array(z.string()),
    text: z.string(),
    currentFile: z.boolean().default(false),
    suppressed: z.boolean().default(false),
    newOnly: z.boolean().default(false),
  }),
});
const key = 'codeagent.findings';

/** The Findings view: the current findings of all folders, or those of one scan, grouped and filtered. */
export class FindingsTree implements vscode.TreeDataProvider<FindingNode>, Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed = new vscode.EventEmitter<FindingNode | undefined>();
  readonly #loadSoon = this.#disposables.add(new Soon(() => this.#load()));
  readonly #loadPaced = this.#disposables.add(new Paced(() => this.#load(), 2 * intervalMs));
  readonly #refreshSoon = this.#disposables.add(new Paced(() => this.#changed.fire(undefined), intervalMs));
  readonly #shownRows = new Map<string, number>();
  /** ID of the only scan to show; undefined for the current findings. */
  #job: string | undefined;
  #by: Grouping = 'severity';
  #filter: FindingsFilter = noFilter;
  #every: readonly Finding[] = [];
  /** Without ignored and baseline findings, unless the filter includes them. */
  #all: readonly Finding[] = [];
  #left: readonly Finding[] = [];
  #groups: readonly FindingGroup[] = [];
  readonly view: vscode.TreeView<FindingNode>;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(
    private readonly store: ScanStore,
    private readonly decisions: Decisions,
    private readonly standing: StandingNow,
    private readonly changes: ChangedFindings,
    private readonly newSince: NewSince,
    private readonly memento: vscode.Memento,
  ) {
    const saved = memory.safeParse(memento.get(key)).data;
    if (saved) {
      this.#by = saved.by;
      this.#filter = saved.filter;
    }
    this.#disposables.add(this.#changed);
    this.view = this.#disposables.add(
      vscode.window.createTreeView(views.findings, {
        treeDataProvider: this,
        showCollapseAll: true,
        canSelectMany: true,
      }),
    );
    this.#disposables.add(store.onChange((change) => this.#onChange(change)));
    this.#disposables.add(decisions.onChange(() => this.#load()));
    this.#disposables.add(changes.onChange(() => this.#refreshSoon.ask()));
    this.#disposables.add(
      newSince.onChange(() => {
        this.#updateContextKey();
        this.#arrange();
      }),
    );
    this.#disposables.add(
      vscode.window.onDidChangeActiveTextEditor(() => {
        if (this.#filter.currentFile) this.#arrange();
      }),
    );
    this.#updateContextKey();
  }

  get grouping(): Grouping {
    return this.#by;
  }

  get filter(): FindingsFilter {
    return this.#filter;
  }

  /** IDs of the analyzers with findings. */
  get analyzers(): string[] {
    return [...new Set(this.#all.map((finding) => finding.issue.tool))].sort();
  }

  /** The findings that match the filter, on all pages. */
  get shown(): readonly Finding[] {
    return this.#left;
  }

  /** The jobs whose findings to show. Their reports may not have been fetched yet. */
  get jobs(): readonly TrackedJob[] {
    const one = this.#job === undefined ? undefined : this.store.get(this.#job);
    return one ? [one] : standingJobs(this.store.jobs).flat();
  }

  /** Shows the findings of one scan until the next one completes; without an ID, the current findings. */
  showJob(id: string | undefined): void {
    // The findings of a current scan are shown with those of the other folders.
    this.#job =
      id !== undefined &&
      standingJobs(this.store.jobs)
        .flat()
        .every((tracked) => tracked.id !== id)
        ? id
        : undefined;
    this.#load();
  }

  groupBy(by: Grouping): void {
    this.#by = by;
    this.#saveState();
    this.#arrange();
  }

  setFilter(filter: FindingsFilter): void {
    this.#filter = filter;
    this.#saveState();
    this.#updateContextKey();
    this.#arrange();
  }

  /** Shows the next page of a long group. */
  showMore(node: FindingNode): void {
    if (node.kind !== 'more') return;
    this.#shownRows.set(node.of, this.#rowsOf(node.of) + pageSize);
    this.#changed.fire(undefined);
  }

  getChildren(node?: FindingNode): FindingNode[] {
    if (!node) return this.#page('', this.#groups, (group) => ({ kind: 'group', by: this.#by, group }));
    if (node.kind !== 'group') return [];
    return this.#page(node.group.key, node.group.findings, (finding) => ({ kind: 'finding', finding }));
  }

  getTreeItem(node: FindingNode): vscode.TreeItem {
    if (node.kind === 'finding') return findingItem(node.finding, this.#by, this.changes.has(node.finding.issue));
    if (node.kind === 'group') {
      const first = this.#groups[0] === node.group;
      return groupItem(node, this.#left.length <= shortList || (first && node.group.count <= shortList));
    }
    return moreItem(node);
  }

  /** Creates tooltips on demand: VS Code parses each as Markdown, which takes longer than all else of the rows. */
  resolveTreeItem(item: vscode.TreeItem, node: FindingNode): vscode.TreeItem {
    if (node.kind === 'finding') item.tooltip = findingText(node.finding);
    return item;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #onChange({ action, job, from, to }: StoreChange): void {
    // Its findings come with its report. Until then, show the previous ones.
    if (from !== to && to === 'completed') this.#job = undefined;
    // One that ended otherwise has no report to come: what it found is all of it.
    const isOver = from !== to && to !== undefined && to !== 'completed' && isTerminal(to);
    if (isOver || action === 'report' || action === 'removed' || action === 'checked') this.#load();
    // The findings of a running scan.
    else if (action === 'findings') this.#loadPaced.ask();
    // Debounced, since a history is restored job by job.
    else if (action === 'tracked' && job?.job.status === 'completed') this.#loadSoon.ask();
  }

  #load(): void {
    if (this.#job !== undefined && !this.store.get(this.#job)) this.#job = undefined;
    const one = this.#job === undefined ? undefined : this.store.get(this.#job);
    this.#every = one ? findingsOf(one, jobLabel(one.job), this.decisions.of(one.folder)) : this.standing.now.findings;
    this.#arrange();
  }

  #arrange(): void {
    this.#all = this.#filter.suppressed ? this.#every : this.#every.filter((finding) => countsAsOpen(finding.state));
    const current = vscode.window.activeTextEditor?.document.uri.fsPath;
    this.#left = filtered(this.#all, this.#filter, current).filter((finding) => this.newSince.isNew(finding));
    this.#groups = grouped(this.#left, this.#by);
    this.#shownRows.clear();
    // Fired first: VS Code renders the first change at once, and those that follow, such as the message, 200 ms later.
    this.#changed.fire(undefined);
    const [left, all] = [this.#left.length, this.#all.length];
    this.view.description = left < all ? vscode.l10n.t('{0} of {1}', left, all) : '';
    this.view.message = this.#message();
    // The badge always counts the current findings, whatever is shown.
    const { open, gaps } = this.standing.now;
    const value = totalOf(open);
    this.view.badge = value === 0 ? undefined : { value, tooltip: resultText(open, gaps) };
  }

  /** The message above the list; empty if the list or the welcome text says it all. */
  #message(): string {
    const read = this.jobs.filter((tracked) => tracked.report);
    if (read.length === 0 && this.#every.length === 0) return '';
    const one = this.#job === undefined ? undefined : read[0];
    const { ref } = this.newSince;
    const parts: string[] = [];
    if (one?.report?.meta.partial) parts.push(vscode.l10n.t('An earlier scan of {0} (canceled).', jobLabel(one.job)));
    else if (one) parts.push(vscode.l10n.t('An earlier scan of {0}.', jobLabel(one.job)));
    else parts.push(...partialTexts(this.standing.now.partial));
    const gaps = one ? gapCountOf(one) : this.standing.now.gaps;
    if (this.#every.length === 0 && gaps > 0)
      parts.push(vscode.l10n.t('No findings in what was scanned; {0}.', gapCount(gaps)));
    else if (this.#every.length === 0) parts.push(vscode.l10n.t('No findings.'));
    else if (this.#all.length === 0) parts.push(vscode.l10n.t('No open findings.'));
    else if (this.#left.length === 0 && ref !== undefined && !isFiltering(this.#filter))
      parts.push(vscode.l10n.t('Nothing is new since {0}.', ref));
    else if (this.#left.length === 0) parts.push(vscode.l10n.t('No findings match the filter.'));
    else if (isFiltering(this.#filter)) parts.push(vscode.l10n.t('Filter: {0}.', filterText(this.#filter)));
    if (ref !== undefined && (this.#left.length > 0 || isFiltering(this.#filter)))
      parts.push(vscode.l10n.t('New since {0}. Findings that it already had are hidden.', ref));
    const whole = this.newSince.whole.map(({ name }) => name);
    if (whole.length > 0) parts.push(vscode.l10n.t('All findings of {0} are shown.', whole.join(', ')));
    const hidden = this.#every.filter((finding) => finding.state === 'ignored');
    const ignored = hidden.filter(({ setting }) => setting === undefined).length;
    const below = hidden.filter(({ setting }) => setting === 'severity').length;
    const excluded = hidden.length - ignored - below;
    const known = this.#every.filter((finding) => finding.state === 'known').length;
    if (gaps > 0 && this.#every.length > 0)
      parts.push(vscode.l10n.t('Not everything was scanned: {0}.', gapCount(gaps)));
    if (!vscode.workspace.isTrusted && this.#every.length > 0)
      parts.push(vscode.l10n.t('Restricted Mode: settings and files that hide findings are ignored.'));
    if (ignored > 0) parts.push(vscode.l10n.t('{0} ignored.', ignored));
    if (known > 0) parts.push(vscode.l10n.t('{0} in the baseline.', known));
    if (below > 0) parts.push(vscode.l10n.t('{0} below the severity in your settings.', below));
    if (excluded > 0) parts.push(vscode.l10n.t('{0} in files that your settings exclude.', excluded));
    return parts.join(' ');
  }

  #page<T>(of: string, all: readonly T[], nodeOf: (one: T) => FindingNode): FindingNode[] {
    const shown = all.slice(0, this.#rowsOf(of)).map(nodeOf);
    const left = all.length - shown.length;
    return left > 0 ? [...shown, { kind: 'more', of, left }] : shown;
  }

  #rowsOf(of: string): number {
    return this.#shownRows.get(of) ?? pageSize;
  }

  #saveState(): void {
    void this.memento.update(key, { by: this.#by, filter: this.#filter });
  }

  #updateContextKey(): void {
    void vscode.commands.executeCommand('setContext', contextKeys.findingsFiltered, isFiltering(this.#filter));
    void vscode.commands.executeCommand('setContext', contextKeys.newSince, this.newSince.ref !== undefined);
  }
}

function moreItem(node: { left: number; of: string }): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Show {0} more', Math.min(node.left, pageSize)));
  item.description = vscode.l10n.t('{0} left', node.left);
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.accessibilityInformation = { label: vscode.l10n.t('Show more findings, {0} left', node.left) };
  item.command = {
    command: commands.showMoreFindings,
    title: vscode.l10n.t('Show More'),
    arguments: [{ kind: 'more', ...node }],
  };
  return item;
}

/** Says that more findings may come, or might have come. */
function partialTexts(partial: readonly TrackedJob[]): string[] {
  const running = partial.some(({ job }) => !isTerminal(job.status));
  const ended = partial.filter(({ job }) => isTerminal(job.status)).map(({ job }) => jobLabel(job));
  return [
    ...(running ? [vscode.l10n.t('Still scanning: there may be more findings.')] : []),
    ...(ended.length > 0
      ? [vscode.l10n.t('Partial: the scan of {0} did not finish.', [...new Set(ended)].join(', '))]
      : []),
  ];
}

/** Describes the filter. */
function filterText({
  hiddenSeverities,
  hiddenAnalyzers,
  text,
  currentFile,
  suppressed,
  newOnly,
}: FindingsFilter): string {
  const shown = severities.filter((one) => !hiddenSeverities.includes(one)).map(severityWord);
  const parts = [
    ...(text.trim() === '' ? [] : [vscode.l10n.t('“{0}”', text.trim())]),
    ...(hiddenSeverities.length > 0 ? [shown.join(', ') || vscode.l10n.t('no severity')] : []),
    ...(currentFile ? [vscode.l10n.t('in the current file')] : []),
    ...(newOnly ? [vscode.l10n.t('new since the baseline')] : []),
    ...(suppressed ? [vscode.l10n.t('including ignored or in the baseline')] : []),
    ...(hiddenAnalyzers.length > 0 ? [vscode.l10n.t('without {0}', hiddenAnalyzers.join(', '))] : []),
  ];
  return parts.join(' · ');
}
