import { Emitter, type Event } from '../base/emitter';
import type { Disposable } from '../base/lifecycle';
import {
  isTerminal,
  type Gap,
  type Issue,
  type Job,
  type JobStatus,
  type LogEvent,
  type Report,
  type ScanRequest,
} from '../protocol';

/** Which service a job runs on; `imported`: none, its report came from the SARIF file that `url` names. */
export interface Origin {
  readonly service: 'embedded' | 'remote' | 'imported';
  readonly url: string;
}

/** A job as this window sees it. */
export interface TrackedJob {
  /** This window's own id; it stands before the service has given one, and stays. */
  readonly id: string;
  /** Its `job_id` is the service's once there is one ({@link submitted}). */
  readonly job: Job;
  /** Whether its service has accepted it. */
  readonly submitted: boolean;
  readonly origin: Origin;
  /** The workspace folder that is scanned, as an absolute path; undefined for a repository. */
  readonly folder: string | undefined;
  /** What was submitted, to submit it again. */
  readonly request: ScanRequest | undefined;
  readonly connection: 'connecting' | 'streaming' | 'polling' | 'ended';
  /** Started in the background: it shows in the status bar only. */
  readonly quiet: boolean;
  /** When it was started, by this window's own clock (`Date.now()`); undefined for a job that was not started here. */
  readonly startedHere: number | undefined;
  /** What of the folder did not go to its service although it was to be scanned. */
  readonly notSent?: readonly Gap[] | undefined;
  /** The newest log lines, oldest first, at most {@link maxLogLines}. */
  readonly log: readonly LogEvent[];
  /** Findings that came while the job ran. */
  readonly live: readonly Issue[];
  /** The whole report, once it was fetched. */
  readonly report: Report | undefined;
}

export const maxLogLines = 2000;
const maxLiveIssues = 10_000;

export type StoreAction =
  | {
      type: 'tracked';
      id: string;
      job: Job;
      origin: Origin;
      folder?: string;
      request?: ScanRequest;
      submitted?: boolean;
      quiet?: boolean;
      startedHere?: number;
      notSent?: readonly Gap[];
    }
  | { type: 'submitted'; id: string; jobId: string; url: string; notSent?: readonly Gap[] }
  | { type: 'job'; id: string; job: Job }
  | { type: 'log'; id: string; event: LogEvent }
  | { type: 'findings'; id: string; issues: readonly Issue[] }
  | { type: 'connection'; id: string; connection: TrackedJob['connection'] }
  | { type: 'report'; id: string; report: Report }
  /** The job's service is gone for good, or does not know it any more. */
  | { type: 'lost'; id: string; error: string }
  | { type: 'removed'; ids: readonly string[] };

/** What one action changed. `from` and `to` differ when the job's status did. */
export interface StoreChange {
  readonly action: StoreAction['type'];
  /** The job that changed; undefined when jobs were removed. */
  readonly job: TrackedJob | undefined;
  /** The status before; undefined for a job that is new here. */
  readonly from: JobStatus | undefined;
  readonly to: JobStatus | undefined;
}

export type StoreState = ReadonlyMap<string, TrackedJob>;

/** The state after an action; the same object when nothing changed. A terminal status never changes again. */
export function reduce(state: StoreState, action: StoreAction): StoreState {
  if (action.type === 'removed') {
    const kept = [...state].filter(([id]) => !action.ids.includes(id));
    return kept.length === state.size ? state : new Map(kept);
  }
  if (action.type === 'tracked') {
    if (state.has(action.id)) return state;
    const job: TrackedJob = {
      id: action.id,
      job: action.job,
      submitted: action.submitted ?? false,
      origin: action.origin,
      folder: action.folder,
      request: action.request,
      connection: isTerminal(action.job.status) ? 'ended' : 'connecting',
      quiet: action.quiet ?? false,
      startedHere: action.startedHere,
      notSent: action.notSent,
      log: [],
      live: [],
      report: undefined,
    };
    return new Map([[job.id, job], ...state]);
  }
  const before = state.get(action.id);
  const after = before && changed(before, action);
  return after === undefined || after === before ? state : new Map(state).set(action.id, after);
}

function changed(before: TrackedJob, action: Exclude<StoreAction, { type: 'tracked' | 'removed' }>): TrackedJob {
  switch (action.type) {
    case 'job':
      if (isTerminal(before.job.status)) return before;
      return {
        ...before,
        job: labeled(before.job, action.job),
        connection: isTerminal(action.job.status) ? 'ended' : before.connection,
      };
    case 'submitted':
      return {
        ...before,
        submitted: true,
        notSent: action.notSent,
        origin: { ...before.origin, url: action.url },
        job: { ...before.job, job_id: action.jobId, progress: null },
      };
    case 'log':
      return { ...before, log: [...before.log, action.event].slice(-maxLogLines) };
    case 'findings':
      return { ...before, live: [...before.live, ...action.issues].slice(0, maxLiveIssues) };
    case 'connection':
      if (isTerminal(before.job.status) || before.connection === action.connection) return before;
      return { ...before, connection: action.connection };
    case 'report':
      return { ...before, report: action.report, live: [] };
    case 'lost':
      if (isTerminal(before.job.status)) return before;
      return { ...before, job: failedJob(before.job, action.error), connection: 'ended' };
  }
}

/** A job keeps the name that it was started under: of an upload its service knows none. */
function labeled(before: Job, job: Job): Job {
  const label = before.source?.label;
  if (!before.source || label === null || label === undefined || job.source?.label === label) return job;
  return { ...job, source: { ...(job.source ?? before.source), label } };
}

/** The job as it is shown when nobody can tell its end any more: what ran has failed, what waited was skipped. */
function failedJob(job: Job, error: string): Job {
  return {
    ...job,
    status: 'failed',
    error,
    ...(job.phases && {
      phases: job.phases.map((phase) => {
        if (phase.status === 'running') return { ...phase, status: 'failed' as const, reason: error };
        return phase.status === 'pending' ? { ...phase, status: 'skipped' as const } : phase;
      }),
    }),
  };
}

/** All jobs of the window, newest first, and one event for every change of them. */
export class ScanStore implements Disposable {
  #state: StoreState = new Map();
  readonly #changes: Emitter<StoreChange>;

  constructor(onError: (error: unknown) => void) {
    this.#changes = new Emitter(onError);
  }

  get onChange(): Event<StoreChange> {
    return this.#changes.event;
  }

  get jobs(): readonly TrackedJob[] {
    return [...this.#state.values()];
  }

  get(id: string): TrackedJob | undefined {
    return this.#state.get(id);
  }

  get running(): readonly TrackedJob[] {
    return this.jobs.filter((tracked) => !isTerminal(tracked.job.status));
  }

  dispatch(action: StoreAction): void {
    const id = action.type === 'removed' ? undefined : action.id;
    const before = id === undefined ? undefined : this.#state.get(id);
    const next = reduce(this.#state, action);
    if (next === this.#state) return;
    this.#state = next;
    const after = id === undefined ? undefined : next.get(id);
    this.#changes.fire({ action: action.type, job: after, from: before?.job.status, to: after?.job.status });
  }

  dispose(): void {
    this.#changes.dispose();
  }
}
