import { isTerminal, type Job } from './job';

/**
 * Merges a newer job into an older one. The status never returns to `queued` and the percentage never drops, even if responses arrive out
 * of order. Fields missing from the newer job keep their old values.
 */
export function updated(before: Job, job: Job): Job {
  const progress =
    job.progress && before.progress && job.progress.percent < before.progress.percent
      ? { ...job.progress, percent: before.progress.percent }
      : (job.progress ?? before.progress);
  const status = before.status === 'running' && job.status === 'queued' ? 'running' : job.status;
  // A complete job lists every phase, so one that has disappeared from it had nothing to do.
  const isWhole = job.source !== undefined || isTerminal(job.status);
  const phases = mergedPhases(before.phases, job.phases, isWhole);
  return { ...before, ...job, status, progress, ...(phases && { phases }) };
}

function mergedPhases(before: Job['phases'], later: Job['phases'], isWhole: boolean): Job['phases'] {
  if (!before || !later) return later ?? before;
  const updates = new Map(later.map((phase) => [phase.phase, phase]));
  const known = new Set(before.map((phase) => phase.phase));
  return [
    ...before.flatMap((phase) => {
      const next = updates.get(phase.phase);
      if (!next) return isWhole ? [] : [phase];
      return [{ ...next, started_at: next.started_at ?? phase.started_at }];
    }),
    ...later.filter((phase) => !known.has(phase.phase)),
  ];
}
