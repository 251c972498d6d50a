import {
  isTerminal,
  type Job,
  type JobPhase,
  type JobProgress,
  type JobSource,
  type JobStatus,
  type PhaseStatus,
  type Summary,
} from '../../protocol';

/** A Job as this service tells it: nothing left out. */
export type FullJob = Job & { source: JobSource; labels: string[]; phases: JobPhase[] };

/** A Job and what its percent is computed from. */
export interface JobState {
  readonly job: FullJob;
  /** What each analyzer's phase counts for beside the other analyzers; any unit. */
  readonly weights: Readonly<Record<string, number>>;
}

/** Everything that can happen to a job. `at` is an RFC 3339 time. */
export type JobAction =
  | { type: 'start'; at: string }
  | { type: 'source'; ref?: string | null; commit?: string | null }
  | { type: 'plan'; weights: Readonly<Record<string, number>>; filesTotal: number }
  | { type: 'phase'; phase: string; status: PhaseStatus; at: string; reason?: string; message?: string }
  | { type: 'progress'; phase: string; percent: number; filesDone?: number; filesTotal?: number; message?: string }
  | { type: 'drop'; phase: string }
  | { type: 'found'; phase: string; count: number }
  | { type: 'eta'; seconds: number | undefined }
  | { type: 'finish'; status: JobStatus; at: string; error?: string; summary?: Summary; gaps?: number };

/** The only ways a job's status may change. What has no successor is final. */
export const legalTransitions: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  queued: ['running', 'failed', 'canceled', 'expired'],
  running: ['completed', 'failed', 'canceled', 'expired'],
  completed: [],
  failed: [],
  canceled: [],
  expired: [],
};

/** The only ways a phase's status may change. */
export const legalPhaseTransitions: Readonly<Record<PhaseStatus, readonly PhaseStatus[]>> = {
  pending: ['running', 'skipped', 'canceled', 'failed'],
  running: ['completed', 'failed', 'canceled', 'skipped'],
  completed: [],
  failed: [],
  skipped: [],
  canceled: [],
};

/** Where each phase lies on the way from 0 to 100; the analyzers share what is between clone and merge. */
const cloneEnd = 10;
const analyzersEnd = 90;
const mergeEnd = 95;

/** A job that was just accepted. */
export function newJob(
  base: Pick<FullJob, 'job_id' | 'submitted_at' | 'source' | 'labels'>,
  analyzerIds: readonly string[],
): JobState {
  const names = ['clone', ...analyzerIds.map((id) => `analyze:${id}`), 'merge', 'write'];
  return {
    weights: {},
    job: {
      ...base,
      status: 'queued',
      progress: null,
      started_at: null,
      finished_at: null,
      error: null,
      phases: names.map((phase) => ({
        phase,
        status: 'pending',
        started_at: null,
        finished_at: null,
        percent: 0,
        findings: 0,
        reason: null,
      })),
    },
  };
}

/** The state after an action. An action that is not legal in this state changes nothing: the same object comes back. */
export function reduce(state: JobState, action: JobAction): JobState {
  const { job } = state;
  if (isTerminal(job.status)) return state;
  switch (action.type) {
    case 'start':
      if (!legalTransitions[job.status].includes('running')) return state;
      return change(state, {
        status: 'running',
        started_at: action.at,
        progress: { phase: 'clone', percent: 0, message: 'Starting' },
      });
    case 'finish':
      return finish(state, action);
    case 'source':
      return change(state, {
        source: {
          ...job.source,
          ref: action.ref ?? job.source.ref,
          commit: action.commit ?? job.source.commit,
        },
      });
    default:
      return job.status === 'running' ? reduceRunning(state, action) : state;
  }
}

type RunningAction = Exclude<JobAction, { type: 'start' | 'finish' | 'source' }>;

function reduceRunning(state: JobState, action: RunningAction): JobState {
  const { job } = state;
  switch (action.type) {
    case 'plan':
      return moved(
        { ...state, weights: action.weights },
        job.progress?.phase ?? 'clone',
        { files_done: 0, files_total: action.filesTotal },
        undefined,
      );
    case 'phase': {
      const phase = job.phases.find((p) => p.phase === action.phase);
      if (!phase || !legalPhaseTransitions[phase.status].includes(action.status)) return state;
      const next = withPhase(state, phaseAt(phase, action.status, action.at, action.reason));
      // What is skipped does nothing that the job could be said to be at.
      const at = action.status === 'skipped' ? (job.progress?.phase ?? action.phase) : action.phase;
      return moved(next, at, {}, action.message);
    }
    case 'progress': {
      const phase = job.phases.find((p) => p.phase === action.phase);
      if (phase?.status !== 'running') return state;
      const percent = Math.max(phase.percent, wholePercent(action.percent, 100));
      const next = withPhase(state, {
        ...phase,
        percent,
        ...(action.filesDone !== undefined && { files_done: Math.max(phase.files_done ?? 0, action.filesDone) }),
        ...(action.filesTotal !== undefined && { files_total: action.filesTotal }),
      });
      return moved(next, action.phase, {}, action.message);
    }
    // An analyzer that has no file to read: the job tells nothing of it.
    case 'drop': {
      const phases = job.phases.filter((p) => p.phase !== action.phase);
      return phases.length === job.phases.length ? state : change(state, { phases });
    }
    case 'found': {
      const phase = job.phases.find((p) => p.phase === action.phase);
      if (phase?.status !== 'running' || action.count <= 0) return state;
      return withPhase(state, { ...phase, findings: phase.findings + action.count });
    }
    case 'eta': {
      if (!job.progress || job.progress.eta_sec === action.seconds) return state;
      const rest = withoutEta(job.progress);
      return change(state, {
        progress: action.seconds === undefined ? rest : { ...rest, eta_sec: action.seconds },
      });
    }
  }
}

function finish(state: JobState, action: Extract<JobAction, { type: 'finish' }>): JobState {
  const { job } = state;
  if (!isTerminal(action.status) || !legalTransitions[job.status].includes(action.status)) return state;
  const error = action.error ?? null;
  const phases = job.phases.map((phase) => {
    if (phase.status === 'running')
      return phaseAt(phase, action.status === 'failed' ? 'failed' : 'canceled', action.at, error ?? undefined);
    if (phase.status === 'pending')
      return phaseAt(phase, action.status === 'failed' ? 'skipped' : 'canceled', action.at, undefined);
    return phase;
  });
  const progress = action.status === 'completed' ? { phase: 'write', percent: 100 } : job.progress;
  return change(state, {
    status: action.status,
    finished_at: action.at,
    error,
    phases,
    progress: progress && withoutEta(progress),
    ...(action.summary && { summary: action.summary }),
    ...(action.gaps !== undefined && { gaps: action.gaps }),
  });
}

function withoutEta(progress: JobProgress): JobProgress {
  const rest = { ...progress };
  delete rest.eta_sec;
  return rest;
}

function phaseAt(phase: JobPhase, status: PhaseStatus, at: string, reason: string | undefined): JobPhase {
  return {
    ...phase,
    status,
    started_at: status === 'running' ? at : phase.started_at,
    finished_at: status === 'running' ? null : at,
    percent: status === 'completed' ? 100 : phase.percent,
    reason: reason ?? phase.reason,
  };
}

function change(state: JobState, fields: Partial<FullJob>): JobState {
  return { ...state, job: { ...state.job, ...fields } };
}

function withPhase(state: JobState, phase: JobPhase): JobState {
  return change(state, { phases: state.job.phases.map((p) => (p.phase === phase.phase ? phase : p)) });
}

/** Notes which phase moved last and lets the whole job's percent follow; it never falls. */
function moved(
  state: JobState,
  phase: string,
  files: { files_done?: number; files_total?: number },
  message: string | undefined,
): JobState {
  const before = state.job.progress;
  const total = files.files_total ?? before?.files_total;
  const done = filesDone(state) ?? files.files_done;
  return change(state, {
    progress: {
      ...before,
      phase,
      percent: Math.max(before?.percent ?? 0, totalPercent(state)),
      ...(message !== undefined && { message }),
      ...(total !== undefined && { files_total: total, files_done: Math.min(done ?? 0, total) }),
    },
  });
}

/** Files that every analyzer that is under way has behind it: the slowest one counts. */
function filesDone(state: JobState): number | undefined {
  const total = state.job.progress?.files_total;
  if (total === undefined) return undefined;
  const analyzing = state.job.phases.filter((p) => p.phase in state.weights && p.status !== 'skipped');
  if (analyzing.length === 0) return undefined;
  return Math.floor(total * Math.min(...analyzing.map(share)));
}

/** How much of a phase is over, 0 to 1. One that failed or was skipped is over; one that was canceled stays where it was. */
function share(phase: JobPhase): number {
  if (phase.status === 'pending') return 0;
  return phase.status === 'running' || phase.status === 'canceled' ? phase.percent / 100 : 1;
}

/** The whole job's percent; 100 is kept for `completed`. */
function totalPercent({ job, weights }: JobState): number {
  const of = (name: string) => {
    const phase = job.phases.find((p) => p.phase === name);
    return phase ? share(phase) : 0;
  };
  const names = Object.keys(weights);
  const whole = names.reduce((sum, name) => sum + (weights[name] ?? 0), 0);
  const done = names.reduce((sum, name) => sum + (weights[name] ?? 0) * of(name), 0);
  const analyzed = whole > 0 ? done / whole : 0;
  const percent =
    cloneEnd * of('clone') +
    (analyzersEnd - cloneEnd) * analyzed +
    (mergeEnd - analyzersEnd) * of('merge') +
    (100 - mergeEnd) * of('write');
  return wholePercent(percent, 99);
}

function wholePercent(percent: number, max: number): number {
  return Number.isFinite(percent) ? Math.min(max, Math.max(0, Math.floor(percent))) : 0;
}
