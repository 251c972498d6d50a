import * as vscode from 'vscode';
import { severities, type Job } from '../../protocol';
import { gapLine } from '../../findings/coverage';
import { gapCountOf, gapsOf } from '../../store/coverage';
import type { Origin, TrackedJob } from '../../store/scanStore';
import { comparisonText } from '../words/jobFacts';
import { oneLine } from '../words/plainText';
import {
  durationMs,
  durationText,
  failureText,
  jobLabel,
  percentOf,
  severityWord,
  statusTitle,
  timeLeft,
} from '../words/words';

/** How many gaps a tooltip lists. */
const maxGaps = 5;

/** Everything known about a job. Its texts are never rendered as Markdown, since they may come from another service. */
export function jobTooltip(
  job: Job,
  origin: Origin,
  details: Partial<Pick<TrackedJob, 'request' | 'connection' | 'report' | 'notSent' | 'comparison'>> = {},
): vscode.MarkdownString {
  const { request, connection, comparison } = details;
  const gaps = gapsOf({ report: details.report, notSent: details.notSent });
  const gapCount = gapCountOf({ job, report: details.report, notSent: details.notSent });
  const text = new vscode.MarkdownString();
  const line = (name: string, value: string | undefined | null) => {
    if (value === undefined || value === null || value === '') return;
    text.appendMarkdown(`**${name}:** `).appendText(oneLine(value, 1000)).appendMarkdown('  \n');
  };
  const { status, source, summary } = job;
  const ms = durationMs(job);
  const running = [statusTitle(job), `${percentOf(job)}%`, timeLeft(job)].filter((part) => part !== undefined);
  line(vscode.l10n.t('Scan'), jobLabel(job));
  line(vscode.l10n.t('Status'), status === 'running' ? running.join(' · ') : statusTitle(job, gapCount));
  for (const gap of gaps.slice(0, maxGaps)) line(vscode.l10n.t('Not scanned'), gapLine(gap));
  if (gapCount > Math.min(gaps.length, maxGaps))
    line(vscode.l10n.t('Not scanned'), vscode.l10n.t('{0} more', gapCount - Math.min(gaps.length, maxGaps)));
  if (status === 'failed' || status === 'expired') line(vscode.l10n.t('Reason'), failureText(job));
  if (origin.service !== 'imported') line(vscode.l10n.t('Source'), source?.url);
  line(vscode.l10n.t('Limited to'), request?.include?.join(', '));
  line(vscode.l10n.t('Branch'), source?.ref);
  line(vscode.l10n.t('Commit'), source?.commit);
  if (summary) line(vscode.l10n.t('Findings'), severities.map((id) => `${summary[id]} ${severityWord(id)}`).join(', '));
  line(vscode.l10n.t('Since the previous scan'), comparison && comparisonText(comparison));
  line(vscode.l10n.t('Submitted'), timeText(job.submitted_at));
  line(vscode.l10n.t('Duration'), ms === undefined ? undefined : durationText(ms));
  if (origin.service === 'imported') line(vscode.l10n.t('Imported'), origin.url);
  else line(vscode.l10n.t('Runs on'), origin.service === 'embedded' ? vscode.l10n.t('this machine') : origin.url);
  if (connection === 'polling') line(vscode.l10n.t('Connection'), vscode.l10n.t('polling'));
  line(vscode.l10n.t('Job'), job.job_id);
  return text;
}

/** Created once, since that takes longer than the rest of the tooltip. */
let timeFormat: Intl.DateTimeFormat | undefined;

function timeText(stamp: string | null): string | null {
  if (stamp === null || Number.isNaN(Date.parse(stamp))) return stamp;
  timeFormat ??= new Intl.DateTimeFormat(vscode.env.language, { dateStyle: 'medium', timeStyle: 'medium' });
  return timeFormat.format(new Date(stamp));
}
