import type { Summary, TrendDays } from '../../protocol';
import type { ProjectScan } from '../job/projects';
import { addTo, noFindings } from '../job/summaries';

const dayMs = 24 * 60 * 60_000;

/**
 * The number of open findings at the end of each of the last days, in UTC.
 * @param scans in any order; of a project's scans that ended on the same day, the last is enough
 * @param now in ms
 */
export function trendOf(scans: readonly ProjectScan[], days: number, now: number): TrendDays['days'] {
  const sorted = scans
    .map(({ project, finished_at, summary }) => ({ project, at: Date.parse(finished_at), summary }))
    .sort((a, b) => a.at - b.at);
  const today = Math.floor(now / dayMs) * dayMs;
  const newest = new Map<string, Summary>();
  const sum = noFindings();
  let next = 0;
  return Array.from({ length: days }, (_, index) => {
    const day = today - (days - 1 - index) * dayMs;
    for (let scan = sorted[next]; scan && scan.at < day + dayMs; scan = sorted[(next += 1)]) {
      const before = newest.get(scan.project);
      if (before) addTo(sum, before, -1);
      addTo(sum, scan.summary);
      newest.set(scan.project, scan.summary);
    }
    return { date: new Date(day).toISOString().slice(0, 10), summary: { ...sum }, projects: newest.size };
  });
}
