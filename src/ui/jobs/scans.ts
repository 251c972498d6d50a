import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { l10n } from 'vscode';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import { Emitter } from '../../base/emitter';
import { DisposableStore, type Disposable } from '../../base/lifecycle';
import type { Logger } from '../../base/logger';
import { watchJob, type JobWatch } from '../../client/jobWatcher';
import type { RunnerProcess } from '../../client/runnerProcess';
import type { ScanClient } from '../../client/scanClient';
import { isTerminal, type Job, type LogEvent, type Report, type ReportFormat } from '../../protocol';
import { withGaps } from '../../findings/coverage';
import { formats } from '../../findings/formats';
import { maxLogLines, type ScanStore, type TrackedJob } from '../../store/scanStore';
import { withAnalyzers, withScope } from './withSettings';
import type { ScanPlan } from './scanPlan';
import type { Imports } from './imports';
import type { Services } from './services';
import type { Uploads } from './uploads';
import { jobLabel } from '../words/words';

/** Starts, cancels and reruns scans, and updates the store until each has ended. */
export class Scans implements Disposable {
  readonly #disposables = new DisposableStore();
  readonly #watches = new Map<string, JobWatch>();
  readonly #submitting = new Map<string, AbortController>();
  readonly #started: Emitter<TrackedJob>;
  readonly #resumed: Emitter<TrackedJob>;
  readonly #ended: Emitter<TrackedJob>;
  readonly #unauthorized: Emitter<string>;

  constructor(
    private readonly services: Services,
    private readonly uploads: Uploads,
    private readonly imports: Imports,
    private readonly store: ScanStore,
    private readonly log: Logger,
    runner: RunnerProcess,
  ) {
    const onError = (error: unknown) => log.error(errorMessage(error));
    this.#started = this.#disposables.add(new Emitter(onError));
    this.#resumed = this.#disposables.add(new Emitter(onError));
    this.#ended = this.#disposables.add(new Emitter(onError));
    this.#unauthorized = this.#disposables.add(new Emitter(onError));
    this.#disposables.add(runner.onExit((exit) => this.#onRunnerExit(exit.reason)));
  }

  /** A scan was requested and is in the store. */
  get onStarted(): Emitter<TrackedJob>['event'] {
    return this.#started.event;
  }

  /** A scan of an earlier window was resumed in this one. */
  get onResumed(): Emitter<TrackedJob>['event'] {
    return this.#resumed.event;
  }

  /** A scan ended, and its report, if any, is in the store. Fires once per job. */
  get onEnded(): Emitter<TrackedJob>['event'] {
    return this.#ended.event;
  }

  /** The service at this URL rejected the token during a job. */
  get onUnauthorized(): Emitter<string>['event'] {
    return this.#unauthorized.event;
  }

  /** Starts a scan. It is in the store at once, which also shows how submitting it goes. */
  start(plan: ScanPlan): TrackedJob {
    const id = randomUUID();
    this.store.dispatch({
      type: 'tracked',
      id,
      job: newJob(id, plan),
      origin: { service: plan.service, url: '' },
      request: plan.request,
      startedHere: Date.now(),
      ...(plan.folder !== undefined && { folder: plan.folder }),
    });
    const tracked = this.#get(id);
    this.#started.fire(tracked);
    void this.#submit(id, plan);
    return tracked;
  }

  /** Follows a job that is already on its service, because an earlier window or another client started it. */
  async follow(
    tracked: Pick<TrackedJob, 'id' | 'job' | 'origin' | 'folder' | 'request' | 'notSent'> &
      Partial<Pick<TrackedJob, 'startedHere' | 'comparison'>>,
  ): Promise<TrackedJob> {
    const { id, job, origin, folder, request, notSent, startedHere, comparison } = tracked;
    this.store.dispatch({
      type: 'tracked',
      id,
      job,
      origin,
      submitted: true,
      ...(folder !== undefined && { folder }),
      ...(request !== undefined && { request }),
      ...(notSent !== undefined && { notSent }),
      ...(startedHere !== undefined && { startedHere }),
      ...(comparison !== undefined && { comparison }),
    });
    if (!isTerminal(job.status)) this.#watch(await this.services.of(origin), id);
    return this.#get(id);
  }

  /** Like {@link follow}, for a scan that an earlier window started. Fires {@link onResumed}. */
  async resume(tracked: Parameters<Scans['follow']>[0]): Promise<void> {
    const followed = await this.follow(tracked);
    if (!isTerminal(followed.job.status)) this.#resumed.fire(followed);
  }

  /** Cancels a job on its service. Does nothing if the job has ended. */
  async cancel(id: string): Promise<void> {
    const submitting = this.#submitting.get(id);
    submitting?.abort();
    const tracked = this.store.get(id);
    if (!tracked?.submitted || isTerminal(tracked.job.status)) return;
    await this.#cancelAt(await this.services.of(tracked.origin), tracked.job.job_id);
  }

  /** Starts the same scan again as a new job. */
  rerun(id: string): TrackedJob {
    const before = this.store.get(id);
    if (!before?.request || before.origin.service === 'imported')
      throw new CodedError('GONE', l10n.t('This scan was started elsewhere, so it cannot be rerun from here.'));
    return this.start({
      service: before.origin.service,
      request: before.request,
      label: jobLabel(before.job),
      ...(before.folder !== undefined && { folder: before.folder }),
    });
  }

  /**
   * The report in a format. The embedded runner writes its own; all others, and those with gaps only known here, are written here.
   * @throws ServiceError
   */
  async reportText(id: string, format: ReportFormat): Promise<string> {
    const { origin, job, notSent = [] } = this.#get(id);
    // Another service might not mask secrets.
    if (origin.service !== 'embedded' || notSent.length > 0)
      return formats[format].write(withGaps(await this.loadReport(id), notSent));
    return (await this.services.of(origin)).reportText(job.job_id, format);
  }

  /** The report of a completed job, fetched unless it is in the store. @throws ServiceError */
  async loadReport(id: string): Promise<Report> {
    const known = this.#get(id);
    if (known.report) return known.report;
    const report =
      known.origin.service === 'imported'
        ? await this.imports.report(id)
        : await this.services.report(known.origin, known.job.job_id);
    // Parsing a large report took a while, so yield to VS Code before the views render it.
    await setImmediate();
    this.store.dispatch({ type: 'report', id, report });
    return report;
  }

  /** The newest log lines of an earlier window's job, from its service. @throws ServiceError if it no longer has them */
  async storedLog(id: string): Promise<LogEvent[]> {
    const { job, origin, submitted } = this.#get(id);
    if (!submitted || origin.service === 'imported') return [];
    return this.services.jobLog(origin, job.job_id, maxLogLines);
  }

  dispose(): void {
    for (const controller of this.#submitting.values()) controller.abort();
    this.#submitting.clear();
    for (const watch of this.#watches.values()) watch.dispose();
    this.#watches.clear();
    this.#disposables.dispose();
  }

  #get(id: string): TrackedJob {
    const tracked = this.store.get(id);
    if (!tracked) throw new CodedError('GONE', l10n.t('This scan is no longer in the list.'));
    return tracked;
  }

  async #submit(id: string, plan: ScanPlan): Promise<void> {
    const controller = new AbortController();
    this.#submitting.set(id, controller);
    const { signal } = controller;
    try {
      const client = await this.services.open(plan.service);
      const { job_id, notSent = [] } = await this.uploads.submit(
        client,
        await withAnalyzers(client, withScope(plan)),
        signal,
        (message) => this.store.dispatch({ type: 'job', id, job: this.#waiting(id, message) }),
      );
      if (!this.#submitting.delete(id)) return;
      this.store.dispatch({ type: 'submitted', id, jobId: job_id, url: client.url, notSent });
      this.#watch(client, id);
      // Canceled while it was being submitted, so it has to be canceled on the service.
      if (signal.aborted) await this.#cancelAt(client, job_id);
    } catch (error) {
      if (!this.#submitting.delete(id)) return;
      if (signal.aborted) this.store.dispatch({ type: 'job', id, job: { ...this.#get(id).job, status: 'canceled' } });
      else {
        this.log.error(`The scan of ${plan.label} could not be submitted: ${errorMessage(error)}`);
        this.store.dispatch({ type: 'lost', id, error: errorMessage(error) });
        if (errorCode(error) === 'UNAUTHORIZED') this.#unauthorized.fire(this.#get(id).origin.url);
      }
      const tracked = this.store.get(id);
      if (tracked) this.#ended.fire(tracked);
    }
  }

  #waiting(id: string, message: string): Job {
    return { ...this.#get(id).job, progress: { phase: 'upload', percent: 0, message } };
  }

  async #cancelAt(client: ScanClient, jobId: string): Promise<void> {
    try {
      await client.cancel(jobId);
    } catch (error) {
      // It has ended in the meantime, and the watcher reports how.
      if (errorCode(error) !== 'CONFLICT') throw error;
    }
  }

  #watch(client: ScanClient, id: string): void {
    const { job_id } = this.#get(id).job;
    const watch = watchJob(client, job_id, {
      job: (job) => this.store.dispatch({ type: 'job', id, job }),
      log: (event) => this.store.dispatch({ type: 'log', id, event }),
      findings: (issues, restart) => this.store.dispatch({ type: 'findings', id, issues, restart }),
      connection: (connection) => this.store.dispatch({ type: 'connection', id, connection }),
      lost: (reason) => this.store.dispatch({ type: 'lost', id, error: reason }),
      unauthorized: () => this.#unauthorized.fire(client.url),
    });
    this.#watches.set(id, watch);
    void watch.done.then((outcome) => this.#onDone(client, id, outcome));
  }

  async #onDone(client: ScanClient, id: string, outcome: Job | 'lost'): Promise<void> {
    // The watches of a closed window have been removed and report nothing.
    if (!this.#watches.delete(id)) return;
    if (outcome !== 'lost' && (outcome.status === 'completed' || outcome.status === 'canceled')) {
      await this.#fetchReport(client, id, outcome);
    }
    const tracked = this.store.get(id);
    if (tracked) this.#ended.fire(tracked);
  }

  async #fetchReport(client: ScanClient, id: string, job: Job): Promise<void> {
    try {
      const report = await client.report(job.job_id);
      await setImmediate();
      this.store.dispatch({ type: 'report', id, report });
    } catch (error) {
      // A canceled job only has a report if it had found something.
      if (job.status === 'completed')
        this.log.error(`The report of job ${job.job_id} could not be read: ${errorMessage(error)}`);
    }
  }

  /** Fails the jobs of a runner that has died, since nothing else will. */
  #onRunnerExit(reason: string): void {
    const orphans = this.store.running.filter((job) => job.origin.service === 'embedded' && job.submitted);
    if (orphans.length > 0)
      this.log.error(`The scan runner ended (${reason}), leaving ${orphans.length} unfinished job(s).`);
    for (const { id } of orphans) {
      this.store.dispatch({ type: 'lost', id, error: 'interrupted' });
      // Resolves the watch as lost, which fires onEnded once.
      this.#watches.get(id)?.dispose();
    }
  }
}

/** The job to show until the service reports it. */
function newJob(id: string, { request, label }: ScanPlan): Job {
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
