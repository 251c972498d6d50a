import { Emitter, type Event } from '../base/emitter';
import type { Disposable } from '../base/lifecycle';
import { inFolders, withChecked, withoutScanned, type CheckedFile, type CheckedState } from './checked';
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

/** The service that a job runs on; `imported`: none, since its report came from the SARIF file at `url`. */
export interface Origin {
  readonly service: 'embedded' | 'remote' | 'imported';
  readonly url: string;
}

/** How many findings changed since the previous scan. */
export interface Comparison {
  /** This window's ID of the previous scan. */
  readonly before: string;
  readonly added: number;
  readonly fixed: number;
  /** Findings that are gone, but whose files or analyzers were not scanned completely. */
  readonly unassessed: number;
}

/** A job in this window. */
export interface TrackedJob {
  /** This window's ID for the job. It exists before the service assigns one, and never changes. */
  readonly id: string;
  /** Its `job_id` is the service's once it is {@link submitted}. */
  readonly job: Job;
  /** Whether the service has accepted it. */
  readonly submitted: boolean;
  readonly origin: Origin;
  /** Absolute path of the scanned workspace folder; undefined for a repository. */
  readonly folder: string | undefined;
  /** The submitted request, for reruns. */
  readonly request: ScanRequest | undefined;
  readonly connection: 'connecting' | 'streaming' | 'polling' | 'ended';
  /** When it was started, by this window's clock (`Date.now()`); undefined for a job that was not started here. */
  readonly startedHere: number | undefined;
  /** Files of the folder that should be scanned but were not sent to the service. */
  readonly notSent?: readonly Gap[] | undefined;
  /** The newest log lines, oldest first, at most {@link maxLogLines}. */
  readonly log: readonly LogEvent[];
  /** Findings received while the job runs. */
  readonly live: readonly Issue[];
  /** The complete report, once fetched. */
  readonly report: Report | undefined;
  /** What changed since the previous scan, once known. */
  readonly comparison?: Comparison | undefined;
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
      startedHere?: number;
      notSent?: readonly Gap[];
      comparison?: Comparison;
    }
  | { type: 'submitted'; id: string; jobId: string; url: string; notSent?: readonly Gap[] }
  | { type: 'job'; id: string; job: Job }
  | { type: 'log'; id: string; event: LogEvent }
  /** `restart`: the scan has begun again, and finds again what came before. */
  | { type: 'findings'; id: string; issues: readonly Issue[]; restart?: boolean }
  | { type: 'connection'; id: string; connection: TrackedJob['connection'] }
  | { type: 'report'; id: string; report: Report }
  | { type: 'compared'; id: string; comparison: Comparison }
  /** The job's service is gone for good, or no longer knows it. */
  | { type: 'lost'; id: string; error: string }
  | { type: 'removed'; ids: readonly string[] }
  /** Saved files of a folder have been checked. */
  | { type: 'checked'; folder: string; files: readonly CheckedFile[] };

/** The effect of an action. `from` and `to` differ if the job's status changed. */
export interface StoreChange {
  readonly action: StoreAction['type'];
  /** The changed job; undefined if jobs were removed, or files checked. */
  readonly job: TrackedJob | undefined;
  /** The previous status; undefined for a new job. */
  readonly from: JobStatus | undefined;
  readonly to: JobStatus | undefined;
}

export type StoreState = ReadonlyMap<string, TrackedJob>;

/** The state after an action; the same object if nothing changed. A terminal status never changes. */
export function reduce(state: StoreState, action: StoreAction): StoreState {
  if (action.type === 'removed') {
    const kept = [...state].filter(([id]) => !action.ids.includes(id));
    return kept.length === state.size ? state : new Map(kept);
  }
  if (action.type === 'checked') return state;
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
      startedHere: action.startedHere,
      notSent: action.notSent,
      comparison: action.comparison,
      log: [],
      live: [],
      report: undefined,
    };
    return new Map([[job.id, job], ...state]);
  }
  const before = state.get(action.id);
  const after = before && applyAction(before, action);
  return after === undefined || after === before ? state : new Map(state).set(action.id, after);
}

/** The checked files after an action. @param jobs all jobs after it */
function reduceChecked(state: CheckedState, action: StoreAction, jobs: StoreState): CheckedState {
  switch (action.type) {
    case 'checked':
      return withChecked(state, action.folder, action.files);
    case 'report': {
      const { job, folder, startedHere: since, request } = jobs.get(action.id) ?? {};
      if (job?.status !== 'completed' || folder === undefined || since === undefined) return state;
      return withoutScanned(state, folder, { since, include: request?.include });
    }
    case 'removed':
      return inFolders(state, scannedFolders(jobs.values()));
    default:
      return state;
  }
}

/** The workspace folders with a scan, which an import is not. */
export function scannedFolders(jobs: Iterable<TrackedJob>): ReadonlySet<string> {
  return new Set([...jobs].flatMap(({ origin, folder }) => (origin.service === 'imported' ? [] : (folder ?? []))));
}

function applyAction(
  before: TrackedJob,
  action: Exclude<StoreAction, { type: 'tracked' | 'removed' | 'checked' }>,
): TrackedJob {
  switch (action.type) {
    case 'job':
      if (isTerminal(before.job.status)) return before;
      return {
        ...before,
        job: withLabel(before.job, action.job),
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
      return { ...before, live: [...(action.restart ? [] : before.live), ...action.issues].slice(0, maxLiveIssues) };
    case 'connection':
      if (isTerminal(before.job.status) || before.connection === action.connection) return before;
      return { ...before, connection: action.connection };
    case 'report':
      return { ...before, report: action.report, live: [] };
    case 'compared':
      return { ...before, comparison: action.comparison };
    case 'lost':
      if (isTerminal(before.job.status)) return before;
      return { ...before, job: failedJob(before.job, action.error), connection: 'ended' };
  }
}

/** Keeps the label that a job was started with, since the service does not know the label of an upload. */
function withLabel(before: Job, job: Job): Job {
  const label = before.source?.label;
  if (!before.source || label === null || label === undefined || job.source?.label === label) return job;
  return { ...job, source: { ...(job.source ?? before.source), label } };
}

/** Marks a job as failed when its outcome is unknown: running phases fail, and pending ones are skipped. */
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

/** All jobs of the window, newest first, with an event for each change. */
export class ScanStore implements Disposable {
  #state: StoreState = new Map();
  #checked: CheckedState = new Map();
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

  /** Folders with files that were checked since their last scan. */
  get checked(): CheckedState {
    return this.#checked;
  }

  get running(): readonly TrackedJob[] {
    return this.jobs.filter((tracked) => !isTerminal(tracked.job.status));
  }

  dispatch(action: StoreAction): void {
    const id = 'id' in action ? action.id : undefined;
    const before = id === undefined ? undefined : this.#state.get(id);
    const next = reduce(this.#state, action);
    const checked = reduceChecked(this.#checked, action, next);
    if (next === this.#state && checked === this.#checked) return;
    this.#state = next;
    this.#checked = checked;
    const after = id === undefined ? undefined : next.get(id);
    this.#changes.fire({ action: action.type, job: after, from: before?.job.status, to: after?.job.status });
  }

  dispose(): void {
    this.#changes.dispose();
  }
}
