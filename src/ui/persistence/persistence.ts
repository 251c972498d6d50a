import { setImmediate } from 'node:timers/promises';
import type * as vscode from 'vscode';
import * as z from 'zod';
import { errorMessage } from '../../base/errors';
import { toDisposable, type Disposable } from '../../base/lifecycle';
import { Soon } from '../../base/soon';
import type { Logger } from '../../base/logger';
import { gap, isTerminal, job, scanRequest } from '../../protocol';
import { standingJobs } from '../../store/findings';
import type { ScanStore, TrackedJob } from '../../store/scanStore';
import { config } from '../manifest/config';
import { settings } from '../manifest/ids';
import type { WindowContext } from '../window/windowContext';
import type { Scans } from '../jobs/scans';

const key = 'codeagent.jobs';

/** How many jobs come back in one turn. */
const restoredTogether = 10;

const remembered = z.object({
  id: z.string(),
  job,
  origin: z.object({ service: z.enum(['embedded', 'remote', 'imported']), url: z.string() }),
  folder: z.string().optional(),
  quiet: z.boolean().default(false),
  request: scanRequest.optional(),
  notSent: z.array(gap).optional(),
});

/** Brings back the jobs of earlier windows, and keeps those of this one. Registered last, so that every view sees them come. */
export function registerMemory({ store, scans, workspaceState, log, subscriptions }: WindowContext): void {
  subscriptions.push(keepJobs(store, workspaceState, log));
  void restoreJobs(scans, store, workspaceState, log);
}

/** Keeps the workspace's jobs over a reload: what is written changes with every status, not with every percent. */
function keepJobs(store: ScanStore, memento: vscode.Memento, log: Logger): Disposable {
  // VS Code copies all that is kept each time: once for many changes.
  const soon = new Soon(() => {
    const tooMany = superfluous(store.jobs);
    if (tooMany.length > 0) store.dispatch({ type: 'removed', ids: tooMany.map((tracked) => tracked.id) });
    const kept = store.jobs
      .filter(({ job, submitted, quiet }) => (quiet ? job.status === 'completed' : submitted || isTerminal(job.status)))
      .map(({ id, job, origin, folder, request, notSent, quiet }) => ({
        id,
        job,
        origin,
        folder,
        request,
        notSent,
        quiet,
      }));
    memento
      .update(key, kept)
      .then(undefined, (error: unknown) => log.error(`Jobs are not kept: ${errorMessage(error)}`));
  });
  const listening = store.onChange((change) => {
    if (change.from !== change.to || change.action === 'submitted' || change.action === 'removed') soon.ask();
  });
  return toDisposable(() => {
    listening.dispose();
    soon.dispose();
  });
}

/** Ended jobs beyond those that the setting keeps, and scans of saved files that a scan of the whole folder has followed. */
function superfluous(jobs: readonly TrackedJob[]): TrackedJob[] {
  const ended = jobs.filter((tracked) => isTerminal(tracked.job.status));
  const standing = new Set(standingJobs(jobs).flat());
  const quiet = ended.filter((tracked) => tracked.quiet && tracked.job.status === 'completed');
  return [
    ...ended.filter((tracked) => !tracked.quiet).slice(config.get(settings.historyKeep)),
    ...quiet.filter((tracked, index) => index >= config.get(settings.historyKeep) || !standing.has(tracked)),
  ];
}

/**
 * Brings back the jobs of earlier windows. Those that were running are followed again: on a server, and on the embedded runner, which waits for a
 * window that reloads. One that ended with its window says so. The reports of those that stand are read again.
 */
async function restoreJobs(scans: Scans, store: ScanStore, memento: vscode.Memento, log: Logger): Promise<void> {
  const stored: unknown = memento.get(key, []);
  const entries: readonly unknown[] = Array.isArray(stored) ? stored : [];
  // Oldest first, since the store puts the newest on top.
  for (const [index, value] of [...entries].reverse().entries()) {
    // A long history takes a moment: VS Code has its turn in between.
    if (index % restoredTogether === 0) await setImmediate();
    const { data: entry } = remembered.safeParse(value);
    if (!entry) continue;
    try {
      await scans.goOn({ ...entry, folder: entry.folder, request: entry.request, notSent: entry.notSent });
    } catch (error) {
      log.error(`Job ${entry.job.job_id} cannot be followed: ${errorMessage(error)}`);
    }
  }
  // What stood before the reload stands again: in the Problems panel, the editor and the Findings view.
  for (const { id, job, report } of standingJobs(store.jobs).flat()) {
    if (report) continue;
    try {
      await scans.loadReport(id);
    } catch (error) {
      log.warn(`The report of job ${job.job_id} cannot be read: ${errorMessage(error)}`);
    }
  }
}
