import { l10n } from 'vscode';
import type { Comparison, Origin, TrackedJob } from '../../store/scanStore';
import { isPartial } from '../../store/findings';
import { inertLine } from './plainText';

/** When a job started, in ms since 1970; undefined if unknown. */
export function startOf({ job, startedHere }: Pick<TrackedJob, 'job' | 'startedHere'>): number | undefined {
  if (startedHere !== undefined) return startedHere;
  const stamp = job.started_at ?? job.submitted_at;
  // Some services send local times without an offset, which may be off by hours.
  if (stamp === null || !/(?:Z|[+-]\d\d:?\d\d)$/i.test(stamp)) return undefined;
  const at = Date.parse(stamp);
  return Number.isNaN(at) ? undefined : at;
}

/** Which part of its source a job scans: `all files`, the one file or folder, or their number. */
export function scopeText({ request, origin }: Pick<TrackedJob, 'request' | 'origin'>): string | undefined {
  if (origin.service === 'imported' || !request) return undefined;
  const include = request.include ?? [];
  if (!isPartial({ request })) return l10n.t('all files');
  const [first = ''] = include;
  if (include.length === 1) return inertLine(first.replace(/^\//, ''), 80);
  return include.every((pattern) => !pattern.endsWith('/'))
    ? l10n.t('{0} files', include.length)
    : l10n.t('{0} files and folders', include.length);
}

/** Where a job runs. */
export function placeText({ service, url }: Origin): string {
  if (service === 'imported') return l10n.t('imported');
  if (service === 'embedded') return l10n.t('on this machine');
  // Before the job is submitted, its server's address is not known.
  return URL.canParse(url) ? l10n.t('on {0}', inertLine(new URL(url).host, 80)) : l10n.t('on a server');
}

/** `12 new, 5 fixed`, or that nothing has changed. */
export function comparisonText({ added, fixed, unassessed }: Comparison): string {
  const parts = [
    ...(added > 0 ? [l10n.t('{0} new', added)] : []),
    ...(fixed > 0 ? [l10n.t('{0} fixed', fixed)] : []),
    ...(unassessed > 0 ? [l10n.t('{0} not checked again', unassessed)] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : l10n.t('no changes');
}
