import * as vscode from 'vscode';
import { errorCode, errorMessage } from '../../base/errors';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Job } from '../../protocol';
import type { ScanStore, TrackedJob } from '../../store/scanStore';
import { config } from '../manifest/config';
import { commands, settings } from '../manifest/ids';
import { rows } from '../manifest/keys';
import type { Services } from '../jobs/services';
import { jobDescription, jobLabel } from '../words/words';
import { jobIcon } from './jobIcons';
import { jobTooltip } from './jobTooltip';

/** The team's server in the Scans view, and those of its jobs that were not started in this window. */
export type ServerNode =
  | { kind: 'server'; url: string }
  | { kind: 'serverJob'; url: string; job: Job }
  | { kind: 'serverProblem'; message: string; signIn?: true };

const maxJobs = 50;

/** Lists the jobs on the team's server. It only fetches them when its row is expanded or refreshed. */
export class ServerJobs implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #changed = new vscode.EventEmitter<ServerNode | undefined>();
  /** The row whose jobs have changed; undefined if the server itself may have changed. */
  readonly onChange = this.#changed.event;
  #root: Extract<ServerNode, { kind: 'server' }> | undefined;
  #jobs: Promise<Job[] | ServerNode> | undefined;

  constructor(
    private readonly services: Services,
    private readonly store: ScanStore,
  ) {
    this.#disposables.add(this.#changed);
    this.#disposables.add(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration(settings.serverUrl.id)) return;
        this.#jobs = undefined;
        this.#changed.fire(undefined);
      }),
    );
  }

  /** Fetches the jobs again. The current rows stay usable until the new ones arrive. */
  async refresh(): Promise<void> {
    const url = config.serverUrl();
    if (url === undefined) return;
    const jobs = this.#fetch(url);
    await jobs;
    if (config.serverUrl() !== url) return;
    this.#jobs = jobs;
    this.#changed.fire(this.#root);
  }

  roots(): ServerNode[] {
    const url = config.serverUrl();
    if (url === undefined) return [];
    if (this.#root?.url !== url) this.#root = { kind: 'server', url };
    return [this.#root];
  }

  async children({ url }: Extract<ServerNode, { kind: 'server' }>): Promise<ServerNode[]> {
    this.#jobs ??= this.#fetch(url);
    const jobs = await this.#jobs;
    if (!Array.isArray(jobs)) return [jobs];
    const own = new Set(this.store.jobs.map((tracked) => tracked.job.job_id));
    const others = jobs.filter((job) => !own.has(job.job_id));
    if (others.length === 0) return [{ kind: 'serverProblem', message: vscode.l10n.t('No other scans') }];
    return others.map((job) => ({ kind: 'serverJob', url, job }));
  }

  /** The job of a row, to follow it; undefined for any other argument. */
  jobOf(node: unknown): Pick<TrackedJob, 'id' | 'job' | 'origin' | 'folder' | 'request'> | undefined {
    if (!isServerJob(node)) return undefined;
    const { url, job } = node;
    return { id: job.job_id, job, origin: { service: 'remote', url }, folder: undefined, request: undefined };
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** @returns the server's jobs, or a row that says why there are none. Never rejects */
  async #fetch(url: string): Promise<Job[] | ServerNode> {
    try {
      return await this.services.remote(url).jobs({ limit: maxJobs });
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'UNAUTHORIZED' && code !== 'FORBIDDEN')
        return { kind: 'serverProblem', message: errorMessage(error) };
      return { kind: 'serverProblem', message: vscode.l10n.t('Sign in to see its scans'), signIn: true };
    }
  }
}

function isServerJob(node: unknown): node is Extract<ServerNode, { kind: 'serverJob' }> {
  return typeof node === 'object' && node !== null && 'kind' in node && node.kind === 'serverJob';
}

/** The row of a server node. */
export function serverItem(node: ServerNode): vscode.TreeItem {
  if (node.kind === 'server') {
    const item = new vscode.TreeItem(new URL(node.url).host, vscode.TreeItemCollapsibleState.Collapsed);
    item.id = `server:${node.url}`;
    item.description = vscode.l10n.t('Scan server');
    item.tooltip = node.url;
    item.iconPath = new vscode.ThemeIcon('server');
    item.contextValue = rows.server;
    item.accessibilityInformation = { label: vscode.l10n.t('Scan server {0}', node.url) };
    return item;
  }
  if (node.kind === 'serverProblem') {
    const item = new vscode.TreeItem(node.message);
    item.iconPath = new vscode.ThemeIcon(node.signIn ? 'sign-in' : 'info');
    item.tooltip = node.message;
    item.accessibilityInformation = { label: node.message };
    if (node.signIn) item.command = { command: commands.signIn, title: vscode.l10n.t('Sign In') };
    return item;
  }
  const label = jobLabel(node.job);
  const item = new vscode.TreeItem(label);
  item.id = `server:${node.url}/${node.job.job_id}`;
  item.description = jobDescription(node.job);
  item.iconPath = jobIcon(node.job, node.job.gaps ?? 0);
  item.contextValue = rows.serverJob;
  item.tooltip = jobTooltip(node.job, { service: 'remote', url: node.url });
  item.accessibilityInformation = {
    label: vscode.l10n.t('{0}, {1}, started elsewhere', label, jobDescription(node.job)),
  };
  item.command = { command: commands.openRow, title: vscode.l10n.t('Open') };
  return item;
}
