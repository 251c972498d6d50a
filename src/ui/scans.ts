import type * as vscode from 'vscode';
import { CodedError, errorCode, errorMessage } from '../base/errors';
import { Emitter } from '../base/emitter';
import { DisposableStore, type Disposable } from '../base/lifecycle';
import type { Logger } from '../base/logger';
import { watchJob, type JobWatch } from '../client/jobWatcher';
import type { RunnerProcess } from '../client/runnerProcess';
import type { ScanClient } from '../client/scanClient';
import type { Job, ScanRequest } from '../protocol';
import type { ScanStore, TrackedJob } from '../store/scanStore';
import { jobLabel } from './words';

/** Starts, cancels and repeats scans, and follows each to its end into the store. */
export class Scans implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #watches = new Map<string, JobWatch>();
  readonly #clients = new Map<string, ScanClient>();
  readonly #started: Emitter<TrackedJob>;
  readonly #ended: Emitter<TrackedJob>;

  constructor(
    private readonly runner: RunnerProcess,
    private readonly store: ScanStore,
    private readonly log: Logger,
  ) {
    const onError = (error: unknown) => log.error(errorMessage(error));
    this.#started = this.#disposables.add(new Emitter(onError));
    this.#ended = this.#disposables.add(new Emitter(onError));
    this.#disposables.add(runner.onExit((exit) => this.#onRunnerExit(exit.reason)));
  }

  /** A scan was accepted by its service. */
  get onStarted(): Emitter<TrackedJob>['event'] {
    return this.#started.event;
  }

  /** A scan ended, and its report, if it has one, is in the store. Once a job. */
  get onEnded(): Emitter<TrackedJob>['event'] {
    return this.#ended.event;
  }

  /**
   * Scans a workspace folder here.
   * @throws CodedError with a sentence when the scan cannot be started
   */
  async scanFolder(folder: vscode.WorkspaceFolder): Promise<TrackedJob> {
    if (folder.uri.scheme !== 'file') {
      throw new CodedError('UNSUPPORTED', `${folder.name} is a virtual folder; a scan needs files on disk.`);
    }
    return this.#submit({ source: { kind: 'path', path: folder.uri.fsPath } }, folder.uri.fsPath, folder.name);
  }

  /** Asks the job's service to cancel. Nothing happens to a job that has ended. */
  async cancel(id: string): Promise<void> {
    const client = this.#clients.get(id);
    if (!client) return;
    try {
      await client.cancel(id);
    } catch (error) {
      // It ended in the meantime: the watcher tells how.
      if (errorCode(error) !== 'CONFLICT') throw error;
    }
  }

  /** The same scan again, as a new job. */
  async rerun(id: string): Promise<TrackedJob> {
    const before = this.store.get(id);
    if (!before?.request) throw new CodedError('GONE', 'This scan is not known here any more. Start a new one.');
    return this.#submit(before.request, before.folder, jobLabel(before.job));
  }

  /** The report as the job's service writes it. */
  async reportHtml(id: string): Promise<string> {
    return (await this.#clientOf(id)).reportText(id, 'html');
  }

  dispose(): void {
    for (const watch of this.#watches.values()) watch.dispose();
    this.#watches.clear();
    this.#disposables.dispose();
  }

  async #clientOf(id: string): Promise<ScanClient> {
    // A runner that was started again has the jobs of the one before it.
    return this.#clients.get(id) ?? (await this.runner.client());
  }

  async #submit(request: ScanRequest, folder: string | undefined, label: string): Promise<TrackedJob> {
    const client = await this.runner.client();
    const { job_id } = await client.submit(request);
    this.#clients.set(job_id, client);
    this.store.dispatch({
      type: 'tracked',
      job: newlySubmitted(job_id, request, label),
      origin: { service: 'embedded', url: client.url },
      request,
      ...(folder !== undefined && { folder }),
    });
    const tracked = this.store.get(job_id);
    if (!tracked) throw new CodedError('GONE', 'The scan was removed as it began.');
    this.#started.fire(tracked);
    this.#follow(client, job_id);
    return tracked;
  }

  #follow(client: ScanClient, id: string): void {
    const watch = watchJob(client, id, {
      job: (job) => this.store.dispatch({ type: 'job', id, job }),
      log: (event) => this.store.dispatch({ type: 'log', id, event }),
      findings: (issues) => this.store.dispatch({ type: 'findings', id, issues }),
      connection: (connection) => this.store.dispatch({ type: 'connection', id, connection }),
      lost: (reason) => this.store.dispatch({ type: 'lost', id, error: reason }),
    });
    this.#watches.set(id, watch);
    void watch.done.then((outcome) => this.#onDone(client, id, outcome));
  }

  async #onDone(client: ScanClient, id: string, outcome: Job | 'lost'): Promise<void> {
    // Taken off first: a watch that was disposed with the window has nothing more to tell.
    if (!this.#watches.delete(id)) return;
    if (outcome !== 'lost' && (outcome.status === 'completed' || outcome.status === 'canceled')) {
      await this.#fetchReport(client, id, outcome.status === 'completed');
    }
    const tracked = this.store.get(id);
    if (tracked) this.#ended.fire(tracked);
  }

  async #fetchReport(client: ScanClient, id: string, expected: boolean): Promise<void> {
    try {
      this.store.dispatch({ type: 'report', id, report: await client.report(id) });
    } catch (error) {
      // A canceled job has a report only when something had been found by then.
      if (expected) this.log.error(`The report of job ${id} could not be read: ${errorMessage(error)}`);
    }
  }

  /** The runner died: its jobs will not go on, and nobody else will say so. */
  #onRunnerExit(reason: string): void {
    const orphans = this.store.running.filter((tracked) => tracked.origin.service === 'embedded');
    if (orphans.length > 0)
      this.log.error(`The scan runner ended (${reason}) with ${orphans.length} unfinished job(s).`);
    for (const { id } of orphans) {
      this.store.dispatch({ type: 'lost', id, error: 'interrupted' });
      // Resolves the watch as lost, which tells the end once.
      this.#watches.get(id)?.dispose();
    }
    for (const tracked of this.store.jobs) if (tracked.origin.service === 'embedded') this.#clients.delete(tracked.id);
  }
}

/** The job as it is shown until the service's first frame. */
function newlySubmitted(id: string, request: ScanRequest, label: string): Job {
  const { source } = request;
  return {
    job_id: id,
    status: 'queued',
    progress: null,
    submitted_at: null,
    started_at: null,
    finished_at: null,
    error: null,
    source: {
      kind: source.kind,
      url: source.kind === 'path' ? source.path : source.kind === 'git' ? source.url : null,
      ref: request.ref ?? null,
      commit: request.commit ?? null,
      label,
    },
  };
}
