import { l10n } from 'vscode';
import { summarize, type Summary } from '../../protocol';
import { findingsOf } from '../../store/findings';
import type { TrackedJob } from '../../store/scanStore';
import { gapCountOf } from '../../store/coverage';
import { sumOf, totalOf } from '../../store/standing';
import type { FindingState, Suppressions } from '../../store/suppressions';
import { durationMs, durationText, failureText, jobLabel, summaryText } from '../words/words';

export type NotificationLevel = 'all' | 'important' | 'none';

/** A message about one or more scans that have ended. */
export interface Ending {
  readonly kind: 'completed' | 'failed';
  readonly text: string;
  /** Whether it needs attention: a scan failed, has gaps, or found critical or high severity issues. */
  readonly important: boolean;
  /** Number of gaps of the completed scans. */
  readonly gaps: number;
  readonly jobs: readonly TrackedJob[];
}

/** The result of a completed scan. */
export interface Outcome {
  readonly tracked: TrackedJob;
  /** Open findings; undefined if the report could not be read and the service sent no counts. */
  readonly open: Summary | undefined;
  /** Number of findings that are ignored or in the baseline. */
  readonly hidden: number;
  /** Number of gaps. */
  readonly gaps: number;
}

/** @param counts whether a finding in this state counts as open */
export function outcomeOf(
  tracked: TrackedJob,
  suppressions: Suppressions,
  counts: (state: FindingState) => boolean,
): Outcome {
  const gaps = gapCountOf(tracked);
  if (!tracked.report) return { tracked, open: tracked.job.summary, hidden: 0, gaps };
  const all = findingsOf(tracked, jobLabel(tracked.job), suppressions);
  const open = all.filter((finding) => counts(finding.state));
  return { tracked, open: summarize(open.map((finding) => finding.issue)), hidden: all.length - open.length, gaps };
}

/** What a message needs to know besides the scans themselves. */
export interface Context {
  /** Open findings in all folders, after these scans. */
  readonly open: Summary;
  /** The name of a scan; undefined unless the workspace has several folders. */
  readonly nameOf: (tracked: TrackedJob) => string | undefined;
}

/** Messages for scans that have ended together: one for the failed and one for the completed ones. */
export function endingsOf(completed: readonly Outcome[], failed: readonly TrackedJob[], context: Context): Ending[] {
  const endings: Ending[] = [];
  if (failed.length > 0) {
    const names = failed.map((tracked) => context.nameOf(tracked) ?? jobLabel(tracked.job));
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
      found: resultOf(completed, known ? open : undefined, gaps, context),
      gaps,
      context,
    });
    const jobs = completed.map((outcome) => outcome.tracked);
    endings.push({ kind: 'completed', text, important: open.critical + open.high + gaps > 0, gaps, jobs });
  }
  return endings;
}

/** The counts, how many findings are hidden, the duration, and the total of open findings if it differs. */
function resultOf(completed: readonly Outcome[], open: Summary | undefined, gaps: number, context: Context): string {
  const clean = open && totalOf(open) === 0 && gaps > 0;
  const what = clean
    ? l10n.t('no findings in what was scanned')
    : open
      ? summaryText(open)
      : l10n.t('the report could not be read');
  const hidden = completed.reduce((total, outcome) => total + outcome.hidden, 0);
  const found = hidden > 0 ? l10n.t('{0} ({1} hidden)', what, hidden) : what;
  const [first, second] = completed;
  const ms = first && !second ? durationMs(first.tracked.job) : undefined;
  const result = ms === undefined ? found : l10n.t('{0} in {1}', found, durationText(ms));
  const all = totalOf(context.open);
  return open && all !== totalOf(open) ? l10n.t('{0}. Open in total: {1}', result, all) : result;
}

function completedText(
  completed: readonly Outcome[],
  { found, gaps, context }: { found: string; gaps: number; context: Context },
): string {
  const names = completed.flatMap(({ tracked }) => context.nameOf(tracked) ?? []).join(', ');
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

/** Whether to show a notification; if not, the message briefly shows in the status bar. */
export function showsNotification(ending: Ending, level: NotificationLevel): boolean {
  return level === 'all' || (level === 'important' && ending.important);
}
