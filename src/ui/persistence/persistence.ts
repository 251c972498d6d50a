import { setImmediate } from 'node:timers/promises';
import type * as vscode from 'vscode';
import * as z from 'zod';
import { errorMessage } from '../../base/errors';
import { toDisposable, type Disposable } from '../../base/lifecycle';
import { Soon } from '../../base/soon';
import type { Logger } from '../../base/logger';
import { gap, isTerminal, issue, job, scanRequest } from '../../protocol';
import { standingJobs, unfinishedJobs } from '../../store/findings';
import type { ScanStore, StoreAction, TrackedJob } from '../../store/scanStore';
import { config } from '../manifest/config';
import { settings } from '../manifest/ids';
import type { WindowContext } from '../window/windowContext';
import type { Scans } from '../jobs/scans';

const key = 'codeagent.jobs';

/** Changes other than the status that are worth saving. */
const savedActions: ReadonlySet<StoreAction['type']> = new Set(['submitted', 'removed', 'compared']);

/** How many jobs to restore at a time. */
const restoreBatch = 10;

const savedJob = z.object({
  id: z.string(),
  job,
  origin: z.object({ service: z.enum(['embedded', 'remote', 'imported']), url: z.string() }),
  folder: z.string().optional(),
  startedHere: z.number().optional(),
  request: scanRequest.optional(),
  notSent: z.array(gap).optional(),
  comparison: z
    .object({ before: z.string(), added: z.number(), fixed: z.number(), unassessed: z.number() })
    .optional()
    .catch(undefined),
});

const checkedKey = 'codeagent.checked';
/**
 * Maximum number of files whose findings were updated on save, and of their findings; beyond that, the oldest files revert to the findings
 * of their scan.
 */
const maxChecked = 300;
const maxCheckedIssues = 2000;
const savedCheck = z.object({
  folder: z.string(),
  path: z.string(),
  issues: z.array(issue),
  analyzers: z.array(z.string()),
  at: z.number(),
});

/** Restores the jobs of earlier windows and saves those of this one. Registered last, so that every view sees them arrive. */
export function registerPersistence({ store, scans, workspaceState, log, subscriptions }: WindowContext): void {
  subscriptions.push(saveJobs(store, workspaceState, log), saveChecked(store, workspaceState, log));
  void restoreJobs(scans, store, workspaceState, log);
}

/** Saves the workspace's jobs whenever the status of one changes, to restore them after a reload. */
function saveJobs(store: ScanStore, memento: vscode.Memento, log: Logger): Disposable {
  // Debounced, since VS Code copies everything on each update.
  const saveSoon = new Soon(() => {
    const dropped = jobsToDrop(store.jobs);
    if (dropped.length > 0) store.dispatch({ type: 'removed', ids: dropped.map((tracked) => tracked.id) });
    const saved = store.jobs
      .filter(({ job, submitted }) => submitted || isTerminal(job.status))
      .map(({ id, job, origin, folder, request, notSent, startedHere, comparison }) => ({
        id,
        job,
        origin,
        folder,
        request,
        notSent,
        startedHere,
        comparison,
      }));
    memento
      .update(key, saved)
      .then(undefined, (error: unknown) => log.error(`Could not save the list of jobs: ${errorMessage(error)}`));
  });
  const listening = store.onChange((change) => {
    if (change.from !== change.to || savedActions.has(change.action)) saveSoon.ask();
  });
  return toDisposable(() => {
    listening.dispose();
    saveSoon.dispose();
  });
}

/** Saves what was found in saved files since their scans. */
function saveChecked(store: ScanStore, memento: vscode.Memento, log: Logger): Disposable {
  let state = store.checked;
  const saveSoon = new Soon(() => {
    const files = [...store.checked].flatMap(([folder, checked]) =>
      [...checked.values()].map((file) => ({ folder, ...file })),
    );
    let issues = 0;
    const saved = files
      .sort((a, b) => b.at - a.at)
      .slice(0, maxChecked)
      .filter((file) => (issues += file.issues.length) <= maxCheckedIssues);
    memento
      .update(checkedKey, saved)
      .then(undefined, (error: unknown) =>
        log.error(`Could not save the findings of saved files: ${errorMessage(error)}`),
      );
  });
  const listening = store.onChange(() => {
    if (store.checked === state) return;
    state = store.checked;
    saveSoon.ask();
  });
  return toDisposable(() => {
    listening.dispose();
    saveSoon.dispose();
  });
}

/** Finished jobs beyond the number to keep. */
function jobsToDrop(jobs: readonly TrackedJob[]): TrackedJob[] {
  return jobs.filter((tracked) => isTerminal(tracked.job.status)).slice(config.get(settings.historyKeep));
}

/**
 * Restores the jobs of earlier windows. Those still running are followed again, on a server or on the embedded runner, which survives a reload.
 * Those that were interrupted say so. The reports of the current jobs are loaded again.
 */
async function restoreJobs(scans: Scans, store: ScanStore, memento: vscode.Memento, log: Logger): Promise<void> {
  const stored: unknown = memento.get(key, []);
  const entries: readonly unknown[] = Array.isArray(stored) ? stored : [];
  // Oldest first, since the store adds each one at the top.
  for (const [index, value] of [...entries].reverse().entries()) {
    // Yield to VS Code, since a long history takes a moment.
    if (index % restoreBatch === 0) await setImmediate();
    const { data: entry } = savedJob.safeParse(value);
    if (!entry) continue;
    try {
      await scans.resume({
        ...entry,
        folder: entry.folder,
        request: entry.request,
        notSent: entry.notSent,
        startedHere: entry.startedHere,
        comparison: entry.comparison,
      });
    } catch (error) {
      log.error(`Job ${entry.job.job_id} could not be restored: ${errorMessage(error)}`);
    }
  }
  const checked = z.array(savedCheck).safeParse(memento.get(checkedKey, [])).data ?? [];
  for (const { folder, ...file } of checked) store.dispatch({ type: 'checked', folder, files: [file] });
  // Show the current findings again in the Problems panel, the editor and the Findings view.
  const ended = unfinishedJobs(store.jobs).filter(({ job }) => job.status === 'canceled');
  for (const { id, job, report } of [...standingJobs(store.jobs).flat(), ...ended]) {
    if (report) continue;
    try {
      await scans.loadReport(id);
    } catch (error) {
      // A job that was canceled before it found anything has none.
      if (job.status === 'completed')
        log.warn(`Could not read the report of job ${job.job_id}: ${errorMessage(error)}`);
    }
  }
}
