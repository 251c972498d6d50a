import { l10n } from 'vscode';
import { isTerminal, summarize, type Job, type JobPhase } from '../../protocol';
import type { PanelModel, StepState } from '../../protocol/panel';
import { gapCountOf, gapsOf } from '../../store/coverage';
import { issuesOf } from '../../store/findings';
import type { TrackedJob } from '../../store/scanStore';
import { fileCount, shownGapOf } from '../words/gaps';
import {
  durationMs,
  durationText,
  failureText,
  jobLabel,
  percentOf,
  phaseDescription,
  phaseTitle,
  statusTitle,
  timeLeft,
} from '../words/words';

/** What the panel shows for a job. */
export function modelOf(tracked: TrackedJob): PanelModel {
  const { job, report, live } = tracked;
  const ms = durationMs(job);
  return {
    jobId: tracked.id,
    label: jobLabel(job),
    status: job.status,
    percent: percentOf(job),
    current: statusTitle(job, gapCountOf(tracked)),
    error: job.status === 'failed' || job.status === 'expired' ? failureText(job) : '',
    gaps: gapsOf(tracked).map(shownGapOf),
    steps: stepsOf(job),
    analyzers: (job.phases ?? []).filter(isAnalyzer).map((phase) => ({
      id: phase.phase.slice('analyze:'.length),
      state: stateOf(phase),
      detail: [...filesText(phase), phaseDescription(phase)].join(' · '),
      percent: phase.percent,
    })),
    counts: job.summary ?? report?.summary ?? (live.length > 0 ? summarize(issuesOf(tracked)) : null),
    time: ms === undefined ? (timeLeft(job) ?? '') : durationText(ms),
    elapsedMs: elapsed(tracked),
    canRerun: isTerminal(job.status) && tracked.request !== undefined,
  };
}

function elapsed({ job, startedHere }: TrackedJob): number | null {
  return isTerminal(job.status) || startedHere === undefined ? null : Math.max(0, Date.now() - startedHere);
}

function filesText({ files_done: done, files_total: total, status }: JobPhase): string[] {
  if (total === undefined || status === 'pending' || status === 'skipped') return [];
  if (done !== undefined && done !== total) return [l10n.t('{0} of {1} files', done, total)];
  return [fileCount(total)];
}

function isAnalyzer(phase: JobPhase): boolean {
  return phase.phase.startsWith('analyze:');
}

function stateOf(phase: JobPhase): StepState {
  return phase.status === 'canceled' ? 'skipped' : phase.status;
}

/** The four steps that users see. If a service reports no phases, they are derived from its progress. */
function stepsOf(job: Job): PanelModel['steps'] {
  const phases = job.phases ?? [];
  const groups = [
    { title: phaseTitle('clone', job), own: phases.filter((p) => p.phase === 'clone') },
    { title: l10n.t('Analyzing Code'), own: phases.filter(isAnalyzer) },
    { title: phaseTitle('write', job), own: phases.filter((p) => p.phase === 'merge' || p.phase === 'write') },
  ];
  const states = phases.length > 0 ? groups.map(({ own }) => groupState(own)) : statesByProgress(job);
  const steps: PanelModel['steps'] = [
    { title: l10n.t('Initializing'), state: initializing(job), detail: '' },
    ...groups.map(({ title, own }, index) => ({
      title,
      state: states[index] ?? 'pending',
      detail: own.find((p) => p.status === 'failed')?.reason ?? '',
    })),
  ];
  if (job.status === 'failed' || job.status === 'expired') {
    // The phase that reports the failure; otherwise the first unfinished step.
    const at =
      steps.findLast((step) => step.detail !== '') ??
      steps.find((step) => step.state === 'running' || step.state === 'pending');
    if (at) at.state = 'failed';
  }
  return steps.map((step) =>
    isTerminal(job.status) && (step.state === 'running' || step.state === 'pending')
      ? { ...step, state: 'skipped' }
      : step,
  );
}

function initializing(job: Job): StepState {
  if (job.status === 'queued') return 'running';
  return job.started_at === null && isTerminal(job.status) && job.status !== 'completed' ? 'skipped' : 'completed';
}

function groupState(phases: readonly JobPhase[]): StepState {
  const is = (...statuses: JobPhase['status'][]) => phases.every((p) => statuses.includes(p.status));
  if (is('pending')) return 'pending';
  if (phases.some((p) => p.status === 'running')) return 'running';
  if (is('failed')) return 'failed';
  // One analyzer that failed or is missing does not fail the step.
  if (is('completed', 'failed', 'skipped'))
    return phases.some((p) => p.status === 'completed') ? 'completed' : 'skipped';
  return phases.some((p) => p.status === 'canceled') ? 'skipped' : 'running';
}

function statesByProgress(job: Job): StepState[] {
  if (job.status === 'completed') return ['completed', 'completed', 'completed'];
  const phase = job.progress?.phase ?? '';
  const at = phase === 'clone' ? 0 : phase.startsWith('analyze:') ? 1 : phase === 'merge' || phase === 'write' ? 2 : -1;
  return [0, 1, 2].map((index) => (index < at ? 'completed' : index === at ? 'running' : 'pending'));
}
