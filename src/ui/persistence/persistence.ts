import { join } from 'node:path';
import * as z from 'zod';
import { errorMessage } from '../../base/errors';
import { groupBy } from '../../base/groupBy';
import { Turns } from '../../base/turns';
import { gap, isTerminal, issue, job, scanRequest } from '../../protocol';
import { standingJobs, unfinishedJobs } from '../../store/findings';
import type { ScanStore, StoreAction, TrackedJob } from '../../store/scanStore';
import { config } from '../manifest/config';
import { settings } from '../manifest/ids';
import type { WindowContext } from '../window/windowContext';
import { SavedState } from './savedState';

/** Where earlier versions kept the jobs. */
const key = 'codeagent.jobs';

/** Changes other than the status that are worth saving. */
const savedActions: ReadonlySet<StoreAction['type']> = new Set(['submitted', 'removed', 'compared']);

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
  found: z.array(z.object({ issue, at: z.number() })),
  analyzers: z.array(z.string()),
  alone: z.array(z.string()),
  at: z.number(),
});

/**
 * Restores the jobs of earlier windows and saves those of this one. Registered last, so that every view sees them arrive. They are in files of the
 * window's storage: of what is in a memento, VS Code copies everything on each update of any of its keys, which blocks the extension host.
 */
export function registerPersistence(context: WindowContext): void {
  const { store, storage, log, subscriptions } = context;
  const onError = (what: string) => (error: unknown) => log.error(`Could not save ${what}: ${errorMessage(error)}`);
  const jobs = new SavedState(join(storage, 'jobs.json'), () => jobsToSave(store), onError('the list of jobs'));
  const checked = new SavedState(
    join(storage, 'checked.json'),
    () => checkedToSave(store),
    onError('what saved files hold'),
  );
  let state = store.checked;
  const listening = store.onChange((change) => {
    if (change.from !== change.to || savedActions.has(change.action)) jobs.save();
    if (store.checked === state) return;
    state = store.checked;
    checked.save();
  });
  subscriptions.push(listening, jobs, checked);
  void restore(context, jobs, checked);
}

/** The jobs to restore. Those beyond the number to keep are removed. */
function jobsToSave(store: ScanStore): unknown {
  const dropped = jobsToDrop(store.jobs);
  if (dropped.length > 0) store.dispatch({ type: 'removed', ids: dropped.map((tracked) => tracked.id) });
  return store.jobs
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
}

/** The findings in files saved since their scans, newest first. */
function checkedToSave(store: ScanStore): unknown {
  const files = [...store.checked].flatMap(([folder, checked]) =>
    [...checked.values()].map((file) => ({ folder, ...file })),
  );
  let issues = 0;
  return files
    .sort((a, b) => b.at - a.at)
    .slice(0, maxChecked)
    .filter((file) => (issues += file.found.length) <= maxCheckedIssues);
}

/** Finished jobs beyond the number to keep. */
function jobsToDrop(jobs: readonly TrackedJob[]): TrackedJob[] {
  return jobs.filter((tracked) => isTerminal(tracked.job.status)).slice(config.get(settings.historyKeep));
}

/**
 * Restores the jobs of earlier windows. Those still running are followed again, on a server or on the embedded runner, which survives a reload.
 * Those that were interrupted say so. The reports of the current jobs are loaded again.
 */
async function restore(
  { scans, store, workspaceState, log }: WindowContext,
  jobs: SavedState,
  saved: SavedState,
): Promise<void> {
  const entries = await jobs.load(workspaceState, key, log);
  const checkedEntries = await saved.load(workspaceState, checkedKey, log);
  // Oldest first, since the store adds each one at the top.
  const turns = new Turns();
  for (const value of entries.toReversed()) {
    if (turns.isOver) await turns.pause();
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
  const checked = z.array(savedCheck).safeParse(checkedEntries).data ?? [];
  for (const [folder, files] of groupBy(checked, (file) => file.folder))
    store.dispatch({ type: 'checked', folder, files });
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
