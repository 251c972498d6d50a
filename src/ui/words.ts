import { severities, type Job, type JobPhase, type JobStatus, type Summary } from '../protocol';

/** The words for people, without VS Code: what a tree row, a notification and the panel say alike. */

/** The percent that is shown everywhere: a whole number; 0 before there is any. */
export function percentOf(job: Job): number {
  return job.status === 'completed' ? 100 : Math.floor(job.progress?.percent ?? 0);
}

/** A phase in plain words. An unknown one is shown as it is. */
export function phaseTitle(phase: string, job: Job): string {
  if (phase === 'upload') return 'Uploading';
  if (phase === 'clone') return job.source?.kind === 'git' ? 'Cloning Repository' : 'Collecting Files';
  if (phase === 'merge') return 'Merging Findings';
  if (phase === 'write') return 'Generating Report';
  return phase.startsWith('analyze:') ? `Analyzing Code (${phase.slice('analyze:'.length)})` : phase;
}

/** A phase in few words, for a row in a narrow side bar. */
export function phaseShort(phase: string, job: Job): string {
  return phase.startsWith('analyze:') ? `Analyzing (${phase.slice('analyze:'.length)})` : phaseTitle(phase, job);
}

/** What the job is doing now, or how it ended. */
export function statusTitle(job: Job): string {
  if (job.status === 'running') return job.progress ? phaseTitle(job.progress.phase, job) : 'Starting';
  // Before its service has the job, its message says how far it has come.
  if (job.status === 'queued') return job.progress?.message ?? statusWords.queued;
  return statusWords[job.status];
}

const statusWords: Record<JobStatus, string> = {
  queued: 'Queued',
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  canceled: 'Canceled',
  expired: 'Expired',
};

/** What a person calls the job: its folder or repository. */
export function jobLabel(job: Job): string {
  const { label, url } = job.source ?? {};
  const last = url?.split(/[/\\]/).filter(Boolean).at(-1);
  return label ?? last ?? job.job_id;
}

/** Milliseconds from start to end, by the service's own two stamps; undefined while one is missing. */
export function durationMs(part: { started_at: string | null; finished_at: string | null }): number | undefined {
  if (part.started_at === null || part.finished_at === null) return undefined;
  const ms = Date.parse(part.finished_at) - Date.parse(part.started_at);
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

/** `0.4 s`, `12 s`, `3 min 5 s` */
export function durationText(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `2 high, 5 medium`, or `no issues`. */
export function summaryText(summary: Summary): string {
  const parts = severities.filter((s) => summary[s] > 0).map((s) => `${summary[s]} ${s}`);
  return parts.length > 0 ? parts.join(', ') : 'no issues';
}

/** Why a job failed, as a sentence. */
export function failureText(job: Job): string {
  if (job.error === 'interrupted') return 'interrupted: the scan runner ended before the scan did';
  return job.error ?? 'the service gave no reason';
}

/** The grey text behind a job's label in the tree. @param phase the phase to name; the one that moved last when left out */
export function jobDescription(job: Job, phase = job.progress?.phase): string {
  const ms = durationMs(job);
  const took = ms === undefined ? [] : [durationText(ms)];
  switch (job.status) {
    case 'queued':
      return statusTitle(job);
    case 'running': {
      const eta = job.progress?.eta_sec;
      const left = eta === undefined ? [] : [`${durationText(Math.max(1, Math.round(eta)) * 1000)} left`];
      const doing = phase === undefined ? 'Starting' : phaseShort(phase, job);
      return [doing, `${percentOf(job)}%`, ...left].join(' · ');
    }
    case 'completed':
      return [...(job.summary ? [summaryText(job.summary)] : ['Completed']), ...took].join(' · ');
    case 'failed':
      return ['Failed', job.error ?? 'no reason given'].join(' · ');
    default:
      return [statusWords[job.status], ...took].join(' · ');
  }
}

/** The grey text behind a phase in the tree. */
export function phaseDescription(phase: JobPhase): string {
  const ms = durationMs(phase);
  const found = phase.findings > 0 ? [`${phase.findings} ${phase.findings === 1 ? 'finding' : 'findings'}`] : [];
  switch (phase.status) {
    case 'pending':
      return 'Pending';
    case 'running':
      return [`${Math.floor(phase.percent)}%`, ...found].join(' · ');
    case 'completed':
      return [...found, ...(ms === undefined ? [] : [durationText(ms)])].join(' · ') || 'Done';
    case 'failed':
      return `Failed: ${phase.reason ?? 'no reason given'}`;
    case 'skipped':
      return `Skipped${phase.reason === null ? '' : `: ${phase.reason}`}`;
    case 'canceled':
      return 'Canceled';
  }
}
