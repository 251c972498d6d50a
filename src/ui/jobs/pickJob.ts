import * as vscode from 'vscode';
import type { ScanStore, TrackedJob } from '../../store/scanStore';
import { jobDescription, jobLabel } from '../words/words';

export interface JobQuery {
  readonly matches: (tracked: TrackedJob) => boolean;
  /** Title of the list, if several match. */
  readonly title: string;
  /** Message if none matches. */
  readonly none: string;
}

/** The job of the row that a command was called on; otherwise the only job that matches, or the one the user picks. */
export async function pickJob(
  store: ScanStore,
  argument: unknown,
  { matches, title, none }: JobQuery,
): Promise<TrackedJob | undefined> {
  const id = jobIdOf(argument);
  if (id !== undefined) {
    const tracked = store.get(id);
    return tracked && matches(tracked) ? tracked : undefined;
  }
  const [first, ...others] = store.jobs.filter(matches);
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

/** The job ID in the argument of a command; undefined if it was called from the palette. */
export function jobIdOf(argument: unknown): string | undefined {
  if (typeof argument !== 'object' || argument === null || !('id' in argument)) return undefined;
  return typeof argument.id === 'string' ? argument.id : undefined;
}

/** Whether the job has a report. So does a canceled scan that had found something. */
export function hasReport({ job, report }: TrackedJob): boolean {
  return job.status === 'completed' || report !== undefined;
}
