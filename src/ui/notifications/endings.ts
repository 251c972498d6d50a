import { l10n } from 'vscode';
import { summarize, type Summary } from '../../protocol';
import { findingsOf } from '../../store/findings';
import type { TrackedJob } from '../../store/scanStore';
import { gapCountOf } from '../../store/coverage';
import { sumOf, totalOf } from '../../store/standing';
import type { FindingState, Suppressions } from '../../store/suppressions';
import { durationMs, durationText, failureText, jobLabel, summaryText } from '../words/words';

export type NotificationLevel = 'all' | 'important' | 'none';

/** How the end of one or more scans is told. */
export interface Ending {
  readonly kind: 'completed' | 'failed';
  readonly text: string;
  /** Whether a person has to do something: a scan failed, or found something critical or high. */
  readonly important: boolean;
  /** How many gaps the completed scans have. */
  readonly gaps: number;
  readonly jobs: readonly TrackedJob[];
}

/** What a completed scan found that counts. */
export interface Outcome {
  readonly tracked: TrackedJob;
  /** Undefined when the report could not be read and the service told no counts. */
  readonly open: Summary | undefined;
  /** How many are ignored or in the baseline. */
  readonly left: number;
  /** How many gaps its coverage has. */
  readonly gaps: number;
}

/** @param counts whether a finding in this state is to be dealt with */
export function outcomeOf(
  tracked: TrackedJob,
  suppressions: Suppressions,
  counts: (state: FindingState) => boolean,
): Outcome {
  const gaps = gapCountOf(tracked);
  if (!tracked.report) return { tracked, open: tracked.job.summary, left: 0, gaps };
  const all = findingsOf(tracked, '', suppressions);
  const open = all.filter((finding) => counts(finding.state));
  return { tracked, open: summarize(open.map((finding) => finding.issue)), left: all.length - open.length, gaps };
}

/** What a message says beside the scans themselves. */
export interface Around {
  /** What is open in all folders, after these scans. */
  readonly open: Summary;
  /** What messages call a scan, where they have to say which one: in a workspace of several folders. */
  readonly nameOf: (tracked: TrackedJob) => string | undefined;
}

/** The ends of scans as they are told: one by one as it is, many that end together as one. */
export function endingsOf(completed: readonly Outcome[], failed: readonly TrackedJob[], around: Around): Ending[] {
  const endings: Ending[] = [];
  if (failed.length > 0) {
    const names = failed.map((tracked) => around.nameOf(tracked) ?? jobLabel(tracked.job));
    const [first] = failed;
    const text =
      failed.length === 1 && first
        ? l10n.t('Scan of {0} failed: {1}', names.join(), failureText(first.job))
        : l10n.t('{0} scans failed: {1}', failed.length, names.join(', '));
    endings.push({ kind: 'failed', text, important: true, gaps: 0, jobs: failed });
  }
  if (completed.length > 0) {
    const sum = (of: (outcome: Outcome) => number) => completed.reduce((total, outcome) => total + of(outcome), 0);
    const known = completed.some((outcome) => outcome.open);
    const open = sumOf(completed.flatMap((outcome) => outcome.open ?? []));
    const gaps = sum((outcome) => outcome.gaps);
    const text = completedText(completed, {
      found: resultOf(completed, known ? open : undefined, gaps, around),
      gaps,
      around,
    });
    const jobs = completed.map((outcome) => outcome.tracked);
    endings.push({ kind: 'completed', text, important: open.critical + open.high + gaps > 0, gaps, jobs });
  }
  return endings;
}

/** Counts, how many are left out, what is open in all where that is another number, and how long it took. */
function resultOf(completed: readonly Outcome[], open: Summary | undefined, gaps: number, around: Around): string {
  const clean = open && totalOf(open) === 0 && gaps > 0;
  const what = clean
    ? l10n.t('no issues in what was scanned')
    : open
      ? summaryText(open)
      : l10n.t('the report could not be read');
  const left = completed.reduce((total, outcome) => total + outcome.left, 0);
  const found = left > 0 ? l10n.t('{0} ({1} hidden)', what, left) : what;
  const [first, second] = completed;
  const ms = first && !second ? durationMs(first.tracked.job) : undefined;
  const result = ms === undefined ? found : l10n.t('{0} in {1}', found, durationText(ms));
  const all = totalOf(around.open);
  return open && all !== totalOf(open) ? l10n.t('{0}. Open in total: {1}', result, all) : result;
}

function completedText(
  completed: readonly Outcome[],
  { found, gaps, around }: { found: string; gaps: number; around: Around },
): string {
  const names = completed.flatMap(({ tracked }) => around.nameOf(tracked) ?? []).join(', ');
  if (completed.length > 1)
    return gaps > 0
      ? l10n.t('{0} scans completed with gaps: {1}', completed.length, found)
      : l10n.t('{0} scans completed: {1}', completed.length, found);
  if (names === '')
    return gaps > 0 ? l10n.t('Scan completed with gaps: {0}', found) : l10n.t('Scan completed: {0}', found);
  return gaps > 0
    ? l10n.t('Scan of {0} completed with gaps: {1}', names, found)
    : l10n.t('Scan of {0} completed: {1}', names, found);
}

/** Whether an end is told by a notification; else it is in the status bar for a moment. */
export function isToast(ending: Ending, level: NotificationLevel): boolean {
  return level === 'all' || (level === 'important' && ending.important);
}
