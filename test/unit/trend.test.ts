import assert from 'node:assert/strict';
import type { JobStatus } from '../../src/protocol';
import { projectsOf, scansOf } from '../../src/service/job/projects';
import { trendOf } from '../../src/service/api/trend';
import type { StoredJob } from '../../src/service/ports/record';

const scan = (
  url: string,
  finished: string,
  high: number,
  status: JobStatus = 'completed',
  kind = 'git',
  include: readonly string[] = [],
): StoredJob =>
  ({
    request: { include },
    job: {
      status,
      finished_at: finished === '' ? null : `2026-03-${finished}Z`,
      source: { kind, url },
      summary: { critical: 0, high, medium: 0, low: 1 },
    },
  }) as unknown as StoredJob;
const now = Date.parse('2026-03-05T09:00:00Z');
const told = (jobs: readonly StoredJob[], days: number) =>
  trendOf(scansOf(jobs), days, now).map(
    ({ date, summary, projects }) => `${date} ${summary.high} ${summary.low} ${projects}`,
  );

describe('the trend of open findings', () => {
  it('takes the latest scan of each repository at the end of each day', () => {
    const jobs = [
      scan('b', '04T23:59:59.999', 7),
      scan('a', '03T12:00:00', 2),
      scan('a', '03T08:00:00', 9),
      scan('a', '05T00:00:00', 0),
    ];
    const days = ['2026-03-02 0 0 0', '2026-03-03 2 1 1', '2026-03-04 9 2 2', '2026-03-05 7 2 2'];
    assert.deepEqual(told(jobs, 4), days);
    assert.deepEqual(told(jobs.toReversed(), 4), days);
    // Scans before the first day count from that day on.
    assert.deepEqual(told(jobs, 1), days.slice(-1));
  });

  it('counts only completed scans that have a project', () => {
    const jobs = [
      scan('a', '04T01:00:00', 1),
      scan('a', '05T01:00:00', 5, 'canceled'),
      scan('a', '', 5, 'running'),
      scan('upload.zip', '05T02:00:00', 5, 'completed', 'zip'),
    ];
    assert.deepEqual(told(jobs, 2), ['2026-03-04 1 1 1', '2026-03-05 1 1 1']);
    assert.deepEqual(told([], 1), ['2026-03-05 0 0 0']);
  });

  it('counts partial scans only if nothing else was scanned', () => {
    const part = scan('a', '05T01:00:00', 1, 'completed', 'git', ['/src/one.js']);
    const whole = scan('a', '04T01:00:00', 8);
    assert.deepEqual(told([part, whole], 2), ['2026-03-04 8 1 1', '2026-03-05 8 1 1']);
    assert.deepEqual(told([part], 1), ['2026-03-05 1 1 1']);
    assert.equal(projectsOf([part, whole])[0]?.last?.summary.high, 8);
    assert.equal(projectsOf([part])[0]?.last?.summary.high, 1);
  });
});
