import { env, l10n } from 'vscode';
import { inertLine } from './plainText';
import {
  currentPhase,
  severities,
  type Confidence,
  type FlowRole,
  type Job,
  type JobPhase,
  type JobStatus,
  type PhaseStatus,
  type Severity,
  type Summary,
} from '../../protocol';

/** Texts that tree rows, notifications and panels share. */

/** The percentage to show, as an integer; 0 before the first one is known. */
export function percentOf(job: Job): number {
  return job.status === 'completed' ? 100 : Math.floor(job.progress?.percent ?? 0);
}

/** Title of a phase; an unknown phase is shown as is. */
export function phaseTitle(phase: string, job: Job): string {
  if (phase === 'upload') return l10n.t('Uploading');
  if (phase === 'clone') return job.source?.kind === 'git' ? l10n.t('Cloning Repository') : l10n.t('Collecting Files');
  if (phase === 'merge') return l10n.t('Merging Findings');
  if (phase === 'write') return l10n.t('Generating Report');
  return phase.startsWith('analyze:')
    ? l10n.t('Analyzing Code ({0})', inertLine(phase.slice('analyze:'.length), 60))
    : inertLine(phase, 60);
}

/** Short title of a phase, for a narrow side bar. */
export function phaseShort(phase: string, job: Job): string {
  return phase.startsWith('analyze:')
    ? l10n.t('Analyzing ({0})', inertLine(phase.slice('analyze:'.length), 60))
    : phaseTitle(phase, job);
}

/** What the job is doing, or how it ended. @param gaps number of gaps, if it is higher than what the service reports */
export function statusTitle(job: Job, gaps = job.gaps ?? 0): string {
  const phase = currentPhase(job);
  if (job.status === 'running') return phase === undefined ? l10n.t('Starting') : phaseTitle(phase, job);
  if (job.status === 'completed' && gaps > 0) return l10n.t('Completed with gaps');
  // Until the service has the job, its message describes the progress.
  if (job.status === 'queued')
    return job.progress?.message === undefined ? statusWord('queued') : inertLine(job.progress.message, 200);
  return statusWord(job.status);
}

function statusWord(status: JobStatus): string {
  switch (status) {
    case 'queued':
      return l10n.t('Queued');
    case 'running':
      return l10n.t('Running');
    case 'completed':
      return l10n.t('Completed');
    case 'failed':
      return l10n.t('Failed');
    case 'canceled':
      return l10n.t('Canceled');
    case 'expired':
      return l10n.t('Expired');
  }
}

/** The state of a phase or an analyzer, for screen readers and the panel. */
export function phaseWord(status: PhaseStatus): string {
  switch (status) {
    case 'pending':
      return l10n.t('Pending');
    case 'running':
      return l10n.t('In progress');
    case 'completed':
      return l10n.t('Done');
    case 'failed':
      return l10n.t('Failed');
    case 'skipped':
      return l10n.t('Skipped');
    case 'canceled':
      return l10n.t('Canceled');
  }
}

export function severityWord(severity: Severity): string {
  switch (severity) {
    case 'critical':
      return l10n.t('critical');
    case 'high':
      return l10n.t('high');
    case 'medium':
      return l10n.t('medium');
    case 'low':
      return l10n.t('low');
  }
}

/** How confident the analyzer is, in the same levels as severities. */
export function confidenceWord(confidence: Confidence): string {
  return severityWord(confidence);
}

/** The role of a flow's step. */
export function roleWord(role: FlowRole): string {
  switch (role) {
    case 'source':
      return l10n.t('source');
    case 'propagator':
      return l10n.t('step');
    case 'sanitizer':
      return l10n.t('sanitizer');
    case 'sink':
      return l10n.t('sink');
  }
}

/** With the first letter in upper case. */
export function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

export function gapCount(count: number): string {
  return count === 1 ? l10n.t('1 gap') : l10n.t('{0} gaps', count);
}

/** What a completed scan found. It only says just "no findings" if there are no gaps. */
export function resultText(summary: Summary, gaps: number): string {
  if (gaps === 0) return summaryText(summary);
  const isClean = severities.every((one) => summary[one] === 0);
  // Gaps first, since a narrow side bar cuts off the end.
  return `${gapCount(gaps)} · ${isClean ? l10n.t('no findings in what was scanned') : summaryText(summary)}`;
}

export function findingCount(count: number): string {
  return count === 1 ? l10n.t('1 finding') : l10n.t('{0} findings', count);
}

/** The display name of a job: its folder or repository. */
export function jobLabel(job: Job): string {
  const { label, url } = job.source ?? {};
  const last = url?.split(/[/\\]/).filter(Boolean).at(-1);
  return inertLine(label ?? last ?? job.job_id, 120);
}

/** Milliseconds from start to finish, by the service's timestamps; undefined while one is missing. */
export function durationMs(part: { started_at: string | null; finished_at: string | null }): number | undefined {
  if (part.started_at === null || part.finished_at === null) return undefined;
  const ms = Date.parse(part.finished_at) - Date.parse(part.started_at);
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

/** `0.4 s`, `12 s`, `3 min 5 s` */
export function durationText(ms: number): string {
  if (ms < 10_000) {
    const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
    return l10n.t('{0} s', (ms / 1000).toLocaleString(env.language, digits));
  }
  return wholeSeconds(Math.round(ms / 1000));
}

function wholeSeconds(seconds: number): string {
  return seconds < 60 ? l10n.t('{0} s', seconds) : l10n.t('{0} min {1} s', Math.floor(seconds / 60), seconds % 60);
}

/** The time left of a running job, as estimated by its service; undefined without an estimate. */
export function timeLeft(job: Job): string | undefined {
  const eta = job.progress?.eta_sec;
  if (eta === undefined || job.status !== 'running') return undefined;
  return l10n.t('{0} left', wholeSeconds(Math.max(1, Math.ceil(eta))));
}

/** `2 high, 5 medium`, or `no findings`. */
export function summaryText(summary: Summary): string {
  const parts = severities.filter((s) => summary[s] > 0).map((s) => `${summary[s]} ${severityWord(s)}`);
  return parts.length > 0 ? parts.join(', ') : l10n.t('no findings');
}

/** Why a job failed. */
export function failureText(job: Job): string {
  if (job.error === 'interrupted') return l10n.t('interrupted: the scan runner stopped before the scan finished');
  return job.error ?? l10n.t('the service gave no reason');
}

/** What a job is doing, or how it ended, in a few words. @param gaps as in {@link statusTitle} */
export function jobState(job: Job, gaps = job.gaps ?? 0): string {
  switch (job.status) {
    case 'queued':
      return statusTitle(job);
    case 'running': {
      const phase = currentPhase(job);
      const current = phase === undefined ? l10n.t('Starting') : phaseShort(phase, job);
      return [current, `${percentOf(job)}%`, timeLeft(job)].filter((part) => part !== undefined).join(' · ');
    }
    case 'completed':
      return job.summary ? resultText(job.summary, gaps) : statusTitle(job, gaps);
    case 'failed':
      return [
        statusWord('failed'),
        job.error === null ? l10n.t('no reason given') : inertLine(failureText(job), 200),
      ].join(' · ');
    default:
      return statusWord(job.status);
  }
}

/** The description of a job, after its label. @param gaps as in {@link statusTitle} */
export function jobDescription(job: Job, gaps = job.gaps ?? 0): string {
  return [jobState(job, gaps), ...tookText(job)].join(' · ');
}

/** How long a job took, if it has ended. */
export function tookText(job: Job): string[] {
  const ms = job.status === 'failed' ? undefined : durationMs(job);
  return ms === undefined ? [] : [durationText(ms)];
}

/** The description of a phase's row, after its label. */
export function phaseDescription(phase: JobPhase): string {
  const ms = durationMs(phase);
  const found = phase.findings > 0 ? [findingCount(phase.findings)] : [];
  const reason = phase.reason === null ? undefined : inertLine(phase.reason, 200);
  switch (phase.status) {
    case 'pending':
      return phaseWord('pending');
    case 'running':
      return [`${Math.floor(phase.percent)}%`, ...found].join(' · ');
    case 'completed':
      // An analyzer without findings says so.
      if (found.length === 0 && phase.phase.startsWith('analyze:')) found.push(findingCount(0));
      // One that could not finish its work says why.
      if (reason !== undefined) found.push(reason);
      return [...found, ...(ms === undefined ? [] : [durationText(ms)])].join(' · ') || phaseWord('completed');
    case 'failed':
      return l10n.t('Failed: {0}', reason ?? l10n.t('no reason given'));
    case 'skipped':
      return reason === undefined ? phaseWord('skipped') : l10n.t('Skipped: {0}', reason);
    case 'canceled':
      return statusWord('canceled');
  }
}
