import { env, l10n } from 'vscode';
import type { Report, ReportAnalyzer } from '../../protocol';
import type { ReportModel } from '../../protocol/reportPanel';
import type { TrackedJob } from '../../store/scanStore';
import { filesWorstFirst } from '../../findings/order';
import { shownIssueOf } from '../../findings/shownIssue';
import { gapsOf } from '../../store/coverage';
import { isPartial, sourceOf } from '../../store/findings';
import { shownGapOf } from '../words/gaps';
import { startOf } from '../words/jobFacts';
import { oneLine } from '../words/plainText';
import { confidenceWord, durationText, findingCount, jobLabel, phaseWord, summaryText } from '../words/words';

/**
 * What the webview shows of a report. Any text in it may be hostile or megabytes long.
 * @param jobs all of the window, newest first
 */
export function reportModelOf(tracked: TrackedJob, report: Report, jobs: readonly TrackedJob[] = []): ReportModel {
  const { id, job, folder } = tracked;
  // In the order that everything else uses, whatever the order here.
  const indexes = new Map(report.files.flatMap(({ issues }) => issues).map((issue, index) => [issue, index]));
  return {
    jobId: id,
    label: jobLabel(job),
    facts: factsOf(report),
    gaps: gapsOf({ report, notSent: tracked.notSent }).map(shownGapOf),
    summary: report.summary,
    analyzers: (report.meta.analyzers ?? []).map(analyzerOf),
    files: filesWorstFirst(report).map(({ path, issues }) => ({
      path: shownPath(path),
      issues: issues.map((issue) =>
        shownIssueOf(issue, indexes.get(issue) ?? 0, (level) => l10n.t('confidence {0}', confidenceWord(level))),
      ),
    })),
    trend: trendOf(tracked, jobs),
    canOpen: folder !== undefined,
  };
}

/** A path as the report shows it. */
export function shownPath(path: string): string {
  return oneLine(path, 300);
}

/** How many scans the trend shows. */
const maxTrend = 12;

/** The latest complete scans of the same source up to this one, oldest first; empty if there is only one. @param jobs newest first */
export function trendOf(tracked: TrackedJob, jobs: readonly TrackedJob[]): ReportModel['trend'] {
  const source = sourceOf(tracked);
  const scans = jobs
    .slice(Math.max(0, jobs.indexOf(tracked)))
    .flatMap((one) => {
      const { job, report } = one;
      const summary = report?.summary ?? job.summary;
      const isComparable = job.status === 'completed' && sourceOf(one) === source && !isPartial(one);
      return isComparable && summary ? [{ one, summary }] : [];
    })
    .slice(0, maxTrend)
    .reverse();
  if (scans.length < 2 || isPartial(tracked)) return [];
  const times = new Intl.DateTimeFormat(env.language, { dateStyle: 'short', timeStyle: 'short' });
  return scans.map(({ one, summary }) => {
    const at = startOf(one);
    return {
      when: at === undefined ? '' : times.format(at),
      found: summaryText(summary),
      summary,
      isThis: one.id === tracked.id,
    };
  });
}

function factsOf({ meta, files, job_id }: Report): ReportModel['facts'] {
  const left = Object.entries(meta.files_skipped ?? {}).map(([why, count]) => `${count} ${why}`);
  const all: readonly (readonly [string, string | undefined | null])[] = [
    [l10n.t('Source'), meta.repo.url],
    [l10n.t('Ref'), meta.repo.ref],
    [l10n.t('Commit'), meta.repo.commit],
    [l10n.t('Created'), meta.generated_at],
    [l10n.t('Duration'), meta.duration_ms > 0 ? durationText(meta.duration_ms) : undefined],
    [l10n.t('Files scanned'), meta.files_scanned?.toString()],
    [l10n.t('Files with findings'), String(files.length)],
    [l10n.t('Skipped'), left.join(', ')],
    [l10n.t('Rated lower'), loweredText(meta.lowered)],
    [l10n.t('Job'), job_id],
  ];
  return all.flatMap(([name, value]) =>
    value === undefined || value === null || value === '' ? [] : [{ name, value: oneLine(value, 400) }],
  );
}

/** How many findings are rated lower because of the purpose of their files. */
function loweredText(lowered: Report['meta']['lowered'] = []): string {
  return lowered
    .map(({ purpose, findings }) => {
      if (purpose === 'test') return l10n.t('{0} in tests', findings);
      if (purpose === 'example') return l10n.t('{0} in examples', findings);
      if (purpose === 'documentation') return l10n.t('{0} in documentation', findings);
      return purpose === 'translation' ? l10n.t('{0} in translations', findings) : `${findings} (${purpose})`;
    })
    .join(', ');
}

function analyzerOf({ id, version, status, reason, findings }: ReportAnalyzer): ReportModel['analyzers'][number] {
  const parts = [...(version === null ? [] : [version]), findingCount(findings), ...(reason === null ? [] : [reason])];
  return { id: oneLine(id), state: phaseWord(status), detail: oneLine(parts.join(' · '), 400) };
}
