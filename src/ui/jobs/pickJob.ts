import * as vscode from 'vscode';
import type { ScanStore, TrackedJob } from '../../store/scanStore';
import { jobDescription, jobLabel } from '../words/words';

export interface Question {
  readonly fits: (tracked: TrackedJob) => boolean;
  /** Over the list, when several fit. */
  readonly title: string;
  /** What is said when none fits. */
  readonly none: string;
}

/** The job of the row a command was called on; without one, the only job that fits, or the one the user picks. */
export async function pickJob(
  store: ScanStore,
  argument: unknown,
  { fits, title, none }: Question,
): Promise<TrackedJob | undefined> {
  const id = jobIdOf(argument);
  if (id !== undefined) {
    const tracked = store.get(id);
    return tracked && fits(tracked) ? tracked : undefined;
  }
  const [first, ...others] = store.jobs.filter((tracked) => !tracked.quiet && fits(tracked));
  if (!first) {
    void vscode.window.showInformationMessage(none);
    return undefined;
  }
  if (others.length === 0) return first;
  const items = [first, ...others].map((tracked) => ({
    label: jobLabel(tracked.job),
    description: jobDescription(tracked.job),
    tracked,
  }));
  return (await vscode.window.showQuickPick(items, { title }))?.tracked;
}

/** The job's id in what a command was called with; undefined from the palette. */
export function jobIdOf(argument: unknown): string | undefined {
  if (typeof argument !== 'object' || argument === null || !('id' in argument)) return undefined;
  return typeof argument.id === 'string' ? argument.id : undefined;
}

/** Whether there is something to read: a canceled scan has a report, too, when something had been found by then. */
export function hasReport({ job, report }: TrackedJob): boolean {
  return job.status === 'completed' || report !== undefined;
}
