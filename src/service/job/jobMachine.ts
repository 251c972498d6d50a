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

/** A Job with all the fields that this service sets. */
export type FullJob = Job & { source: JobSource; labels: string[]; phases: JobPhase[] };

/** A Job, and the inputs for its percentage. */
export interface JobState {
  readonly job: FullJob;
  /** The relative weight of each analyzer's phase. */
  readonly weights: Readonly<Record<string, number>>;
  /** The completed fraction of each running phase, 0 to 1: its percentage is too coarse for a large phase. */
  readonly shares?: Readonly<Record<string, number>>;
  /** The job's exact percentage when the phase named in `progress` last moved. */
  readonly namedAt?: number;
}

/** Every event in a job's life. `at` is an RFC 3339 time. */
export type JobAction =
  | { type: 'start'; at: string }
  | { type: 'restart'; analyzers: readonly string[] }
  | { type: 'source'; ref?: string | null; commit?: string | null }
  | { type: 'plan'; weights: Readonly<Record<string, number>>; filesTotal: number }
  | { type: 'phase'; phase: string; status: PhaseStatus; at: string; reason?: string; message?: string }
  | { type: 'progress'; phase: string; percent: number; filesDone?: number; filesTotal?: number; message?: string }
  | { type: 'drop'; phase: string }
  | { type: 'add'; phase: string }
  | { type: 'found'; phase: string; count: number }
  | { type: 'eta'; seconds: number | undefined }
  | { type: 'finish'; status: JobStatus; at: string; error?: string; summary?: Summary; gaps?: number };

/** The legal transitions of a job's status. A status without a successor is final. */
export const legalTransitions: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  queued: ['running', 'failed', 'canceled', 'expired'],
  running: ['completed', 'failed', 'canceled', 'expired'],
  completed: [],
  failed: [],
  canceled: [],
  expired: [],
};

/** The legal transitions of a phase's status. */
export const legalPhaseTransitions: Readonly<Record<PhaseStatus, readonly PhaseStatus[]>> = {
  pending: ['running', 'skipped', 'canceled', 'failed'],
  running: ['completed', 'failed', 'canceled', 'skipped'],
  completed: [],
  failed: [],
  skipped: [],
  canceled: [],
};

/** Each phase's share of the percentage; the analyzers share the range between clone and merge. */
const cloneEnd = 10;
const analyzersEnd = 90;
const mergeEnd = 95;

/** How many percent the job may advance without the named phase advancing; then another phase is named. */
const patience = 2;

/** A newly accepted job. */
export function newJob(
  base: Pick<FullJob, 'job_id' | 'submitted_at' | 'source' | 'labels' | 'submitted_by'>,
  analyzerIds: readonly string[],
): JobState {
  return {
    weights: {},
    job: {
      ...base,
      status: 'queued',
      progress: null,
      started_at: null,
      finished_at: null,
      error: null,
      phases: newPhases(analyzerIds),
    },
  };
}

function newPhases(analyzerIds: readonly string[]): JobPhase[] {
  return ['clone', ...analyzerIds.map((id) => `analyze:${id}`), 'merge', 'write'].map(newPhase);
}

function newPhase(phase: string): JobPhase {
  return { phase, status: 'pending', started_at: null, finished_at: null, percent: 0, findings: 0, reason: null };
}

/** The state after an action. An illegal action changes nothing and returns the same object. */
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
    // Its worker was lost: it starts over, keeping only its percentage.
    case 'restart':
      if (job.status !== 'running') return state;
      return {
        weights: {},
        job: {
          ...job,
          phases: newPhases(action.analyzers),
          progress: { phase: 'clone', percent: job.progress?.percent ?? 0, message: 'Starting again' },
        },
      };
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

type RunningAction = Exclude<JobAction, { type: 'start' | 'restart' | 'finish' | 'source' }>;

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
      return moved(next, namedAfter(next, action.phase, action.status), {}, action.message);
    }
    case 'progress': {
      const phase = job.phases.find((p) => p.phase === action.phase);
      if (phase?.status !== 'running') return state;
      const percent = Math.max(phase.percent, wholePercent(action.percent, 100));
      const share = Math.max(share01(action.percent / 100), state.shares?.[action.phase] ?? 0);
      const next = withPhase(
        { ...state, shares: { ...state.shares, [action.phase]: share } },
        {
          ...phase,
          percent,
          ...(action.filesDone !== undefined && { files_done: Math.max(phase.files_done ?? 0, action.filesDone) }),
          ...(action.filesTotal !== undefined && { files_total: action.filesTotal }),
        },
      );
      return moved(next, heldPhase(next, action.phase), {}, action.message, action.phase);
    }
    // An analyzer without files is left out of the job.
    case 'drop': {
      const phases = job.phases.filter((p) => p.phase !== action.phase);
      return phases.length === job.phases.length ? state : change(state, { phases });
    }
    // The source's configuration turned it on.
    case 'add': {
      if (job.phases.some((p) => p.phase === action.phase)) return state;
      const at = job.phases.findIndex((p) => p.phase === 'merge');
      return change(state, { phases: job.phases.toSpliced(at, 0, newPhase(action.phase)) });
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

/** The phase to name when one advances: still the current one, as long as it runs and has advanced recently. */
function heldPhase(state: JobState, moving: string): string {
  const { progress, phases } = state.job;
  const held = phases.find(({ phase, status }) => phase === progress?.phase && status === 'running');
  if (!held || share(state, held) === 0) return moving;
  return exactPercent(state) < (state.namedAt ?? 0) + patience ? held.phase : moving;
}

/** The phase to name after one has changed its status: never a finished one while others run. */
function namedAfter(state: JobState, phase: string, status: PhaseStatus): string {
  const { progress, phases } = state.job;
  const running = phases.filter((one) => one.status === 'running');
  const named = progress && running.find((one) => one.phase === progress.phase);
  if (named) return named.phase;
  if (status === 'running') return phase;
  const left = (one: JobPhase) => (state.weights[one.phase] ?? 0) * (1 - share(state, one));
  const [longest] = running.toSorted((a, b) => left(b) - left(a));
  // The job is never shown as being in a skipped phase.
  return longest?.phase ?? (status === 'skipped' ? (progress?.phase ?? phase) : phase);
}

/**
 * Records which phase is named, and updates the job's percentage, which never decreases.
 * @param mover the phase that made progress; by default, the named one
 */
function moved(
  state: JobState,
  phase: string,
  files: { files_done?: number; files_total?: number },
  message: string | undefined,
  mover = phase,
): JobState {
  const before = state.job.progress;
  const total = files.files_total ?? before?.files_total;
  const done = filesDone(state) ?? files.files_done;
  const namedAt = mover === phase ? exactPercent(state) : (state.namedAt ?? 0);
  return change(
    { ...state, namedAt },
    {
      progress: {
        ...before,
        phase,
        percent: Math.max(before?.percent ?? 0, wholePercent(exactPercent(state), 99)),
        ...(message !== undefined && { message }),
        ...(total !== undefined && { files_total: total, files_done: Math.min(done ?? 0, total) }),
      },
    },
  );
}

/** Number of files that all running analyzers have processed: that of the slowest one. */
function filesDone(state: JobState): number | undefined {
  const total = state.job.progress?.files_total;
  if (total === undefined) return undefined;
  const analyzing = state.job.phases.filter((p) => p.phase in state.weights && p.status !== 'skipped');
  if (analyzing.length === 0) return undefined;
  return Math.floor(total * Math.min(...analyzing.map((one) => share(state, one))));
}

/** The completed fraction of a phase, 0 to 1. A failed or skipped one is complete; a canceled one stays where it was. */
function share({ shares }: JobState, { phase, status, percent }: JobPhase): number {
  if (status === 'pending') return 0;
  return status === 'running' || status === 'canceled' ? Math.max(percent / 100, shares?.[phase] ?? 0) : 1;
}

/** The job's unrounded percentage; 100 is reserved for `completed`. */
function exactPercent(state: JobState): number {
  const { job, weights } = state;
  const of = (name: string) => {
    const phase = job.phases.find((p) => p.phase === name);
    return phase ? share(state, phase) : 0;
  };
  const names = Object.keys(weights);
  const whole = names.reduce((sum, name) => sum + (weights[name] ?? 0), 0);
  const done = names.reduce((sum, name) => sum + (weights[name] ?? 0) * of(name), 0);
  const analyzed = whole > 0 ? done / whole : 0;
  return (
    cloneEnd * of('clone') +
    (analyzersEnd - cloneEnd) * analyzed +
    (mergeEnd - analyzersEnd) * of('merge') +
    (100 - mergeEnd) * of('write')
  );
}

function share01(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0;
}

function wholePercent(percent: number, max: number): number {
  return Number.isFinite(percent) ? Math.min(max, Math.max(0, Math.floor(percent))) : 0;
}
