import { currentPhase, type Job, type JobPhase, type PhaseStatus } from '../../protocol/job';
import { oneLine } from '../../protocol/oneLine';
import { severities, type Severity, type Summary } from '../../protocol/report';

// The texts of the page, in English only; those of the extension are in src/ui/words.

export const severityNames: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
};

export const statusNames: Readonly<Record<Job['status'], string>> = {
  queued: 'Queued',
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  canceled: 'Canceled',
  expired: 'Expired',
};

export const phaseNames: Readonly<Record<PhaseStatus, string>> = {
  pending: 'Pending',
  running: 'In progress',
  completed: 'Done',
  failed: 'Failed',
  skipped: 'Skipped',
  canceled: 'Canceled',
};

/** The display name of a job: its folder or repository. */
export function labelOf({ source, job_id }: Pick<Job, 'source' | 'job_id'>): string {
  const last = source?.url?.split(/[/\\]/).filter(Boolean).at(-1);
  return oneLine(source?.label ?? last ?? '', 120) || job_id;
}

/** Where the code came from, shown after its name: the URL, the ref or the commit. */
export function originOf({ source }: Pick<Job, 'source'>): string {
  if (!source) return '';
  const { url, ref, commit } = source;
  return [url === null ? '' : oneLine(url, 300), ref === null ? '' : oneLine(ref, 100), commit?.slice(0, 10) ?? '']
    .filter((part) => part !== '')
    .join(' · ');
}

/** An integer; 0 before the first one is known. */
export function percentOf(job: Job): number {
  return job.status === 'completed' ? 100 : Math.floor(job.progress?.percent ?? 0);
}

/** What the job is doing, or how it ended. */
export function stateOf(job: Job): string {
  if (job.status === 'running') {
    const phase = currentPhase(job);
    return phase === undefined ? 'Starting' : phaseTitle(phase, job);
  }
  return job.status === 'completed' && (job.gaps ?? 0) > 0 ? 'Completed with gaps' : statusNames[job.status];
}

export function phaseTitle(phase: string, { source }: Pick<Job, 'source'>): string {
  if (phase === 'clone') return source?.kind === 'git' ? 'Cloning Repository' : 'Collecting Files';
  if (phase === 'merge') return 'Merging Findings';
  if (phase === 'write') return 'Generating Report';
  return phase.startsWith('analyze:')
    ? `Analyzing Code (${oneLine(phase.slice('analyze:'.length), 60)})`
    : oneLine(phase, 60);
}

/** Why a job failed. */
export function failureOf({ error }: Job): string {
  if (error === 'interrupted') return 'The service stopped before the scan had finished.';
  return error === null ? 'The service gave no reason.' : oneLine(error, 2000);
}

/** A phase's result, shown after its name. */
export function phaseDetail(phase: JobPhase): string {
  const { phase: name, status, percent, findings, reason, files_done: done, files_total: total } = phase;
  const files =
    total === undefined
      ? ''
      : done === undefined || done === total
        ? count(total, 'file')
        : `${done} of ${count(total, 'file')}`;
  const ms = durationOf(phase);
  const parts =
    status === 'pending' || status === 'skipped'
      ? []
      : [files, name.startsWith('analyze:') ? count(findings, 'finding') : ''];
  if (status === 'running') parts.unshift(`${Math.floor(percent)}%`);
  return [...parts, oneLine(reason ?? '', 300), ms === undefined ? '' : durationText(ms)]
    .filter((part) => part !== '')
    .join(' · ');
}

/** Milliseconds from start to finish; undefined while one is missing. */
export function durationOf(part: { started_at: string | null; finished_at: string | null }): number | undefined {
  if (part.started_at === null || part.finished_at === null) return undefined;
  const ms = Date.parse(part.finished_at) - Date.parse(part.started_at);
  return ms >= 0 ? ms : undefined;
}

/** `0.4 s`, `12 s`, `3 min 5 s` */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `1 finding`, `1,234 findings` */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

/** `2 high, 5 medium`, or `no findings`; if not everything was scanned, it says so. */
export function foundText(summary: Summary, gaps = 0): string {
  const parts = severities.filter((one) => summary[one] > 0).map((one) => `${summary[one]} ${one}`);
  return parts.join(', ') || (gaps > 0 ? 'no findings in what was scanned' : 'no findings');
}

const dateAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** A time from the service in the reader's time zone; '' for none. */
export function timeText(at: string | null): string {
  const ms = at === null ? NaN : Date.parse(at);
  return Number.isNaN(ms) ? '' : dateAndTime.format(ms);
}

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });

/** @param date `2026-11-30` */
export function dayText(date: string): string {
  return day.format(Date.parse(date));
}
