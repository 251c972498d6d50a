import { l10n } from 'vscode';
import { severities, summarize, type Summary } from '../protocol';
import { findingsOf } from '../store/findings';
import type { TrackedJob } from '../store/scanStore';
import type { FindingState, Suppressions } from '../store/suppressions';
import { durationMs, durationText, failureText, jobLabel, summaryText } from './words';

export type NotificationLevel = 'all' | 'important' | 'none';

/** How the end of one or more scans is told. */
export interface Ending {
  readonly kind: 'completed' | 'failed';
  readonly text: string;
  /** Whether a person has to do something: a scan failed, or found something critical or high. */
  readonly important: boolean;
  readonly jobs: readonly TrackedJob[];
}

/** What a completed scan found that counts. */
export interface Outcome {
  readonly tracked: TrackedJob;
  /** Undefined when the report could not be read and the service told no counts. */
  readonly open: Summary | undefined;
  /** How many are ignored or in the baseline. */
  readonly left: number;
}

/** @param counts whether a finding in this state is to be dealt with */
export function outcomeOf(
  tracked: TrackedJob,
  suppressions: Suppressions,
  counts: (state: FindingState) => boolean,
): Outcome {
  if (!tracked.report) return { tracked, open: tracked.job.summary, left: 0 };
  const all = findingsOf(tracked, '', suppressions);
  const open = all.filter((finding) => counts(finding.state));
  return { tracked, open: summarize(open.map((finding) => finding.issue)), left: all.length - open.length };
}

/** The ends of scans as they are told: one by one as it is, many that end together as one. */
export function endingsOf(completed: readonly Outcome[], failed: readonly TrackedJob[]): Ending[] {
  const endings: Ending[] = [];
  if (failed.length > 0) {
    const [first] = failed;
    const text =
      failed.length === 1 && first
        ? l10n.t('Scan of {0} failed: {1}', jobLabel(first.job), failureText(first.job))
        : l10n.t('{0} scans failed: {1}', failed.length, failed.map(({ job }) => jobLabel(job)).join(', '));
    endings.push({ kind: 'failed', text, important: true, jobs: failed });
  }
  if (completed.length > 0) {
    const sum = (of: (outcome: Outcome) => number) => completed.reduce((total, outcome) => total + of(outcome), 0);
    const known = completed.some((outcome) => outcome.open);
    const open = Object.fromEntries(severities.map((id) => [id, sum((outcome) => outcome.open?.[id] ?? 0)])) as Summary;
    const [first] = completed;
    const ms = completed.length === 1 && first ? durationMs(first.tracked.job) : undefined;
    const left = sum((outcome) => outcome.left);
    const what = known ? summaryText(open) : l10n.t('the report could not be read');
    const found = left > 0 ? l10n.t('{0} ({1} left out)', what, left) : what;
    const result = ms === undefined ? found : l10n.t('{0} in {1}', found, durationText(ms));
    const text =
      completed.length === 1
        ? l10n.t('Scan completed: {0}', result)
        : l10n.t('{0} scans completed: {1}', completed.length, result);
    const jobs = completed.map((outcome) => outcome.tracked);
    endings.push({ kind: 'completed', text, important: open.critical + open.high > 0, jobs });
  }
  return endings;
}

/** Whether an end is told by a notification; else it is in the status bar for a moment. */
export function isToast(ending: Ending, level: NotificationLevel): boolean {
  return level === 'all' || (level === 'important' && ending.important);
}
