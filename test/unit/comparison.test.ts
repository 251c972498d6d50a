import assert from 'node:assert/strict';
import { issue, type Report } from '../../src/protocol';
import { changesBetween, countChanges, scanBefore } from '../../src/store/comparison';
import type { TrackedJob } from '../../src/store/scanStore';
import { reportOf, trackedJob } from './support/trackedJob';

const covering = (...include: string[]): Partial<TrackedJob> => ({
  request: { source: { kind: 'path', path: '/shop' }, include },
});

describe('the previous scan', () => {
  const before = (now: TrackedJob, ...older: TrackedJob[]) => scanBefore(now, [now, ...older])?.id;
  const now = trackedJob('now', covering());

  it('is the newest one of the same folder that completed', () => {
    const failed = trackedJob('failed', covering(), { status: 'failed' });
    const other = trackedJob('other', { ...covering(), folder: '/other' });
    assert.equal(before(now, failed, other, trackedJob('1', covering()), trackedJob('2', covering())), '1');
    assert.equal(before(now, failed, other), undefined);
    assert.equal(
      before(trackedJob('ended', covering(), { status: 'canceled' }), trackedJob('1', covering())),
      undefined,
    );
  });

  it('covers everything that the scan has scanned', () => {
    const part = trackedJob('part', covering('/src/'));
    assert.equal(before(now, part, trackedJob('all', covering())), 'all');
    assert.equal(before(part, trackedJob('file', covering('/a.js')), trackedJob('all', covering())), 'all');
    const both = trackedJob('both', covering('/src/', '/a.js'));
    assert.equal(before(part, both), 'both');
    assert.equal(before(both, part), undefined);
  });

  it('is never an import, unless it is one of the same file', () => {
    const imported = (id: string, url: string) => trackedJob(id, { origin: { service: 'imported', url } });
    assert.equal(before(now, imported('import', '/a.sarif')), undefined);
    assert.equal(before(imported('again', '/a.sarif'), now, imported('b', '/b.sarif'), imported('a', '/a.sarif')), 'a');
  });
});

describe('changes between two scans', () => {
  const reportWith = (...found: [file: string, fingerprint: string][]): Report =>
    reportOf('job', {
      meta: { tools: ['one'] },
      files: found.map(([file, fingerprint]) => ({
        path: file,
        issues: [
          issue.parse({
            ...{ tool: 'one', type: 'security', message: 'Bad.', severity: 'high', rule_id: 'rule' },
            ...{ file, line: 1, fingerprint },
          }),
        ],
      })),
    });
  const old = reportWith(['a.js', 'stays'], ['b.js', 'goes'], ['c.js', 'elsewhere']);

  it('are counted', () => {
    const changes = changesBetween(old, reportWith(['a.js', 'stays'], ['a.js', 'comes']), { request: undefined });
    assert.deepEqual(countChanges('id', changes), { before: 'id', added: 1, fixed: 2, unassessed: 0 });
  });

  it('are those of the files that were scanned again', () => {
    const changes = changesBetween(old, reportWith(['a.js', 'comes']), trackedJob('part', covering('/a.js')));
    assert.deepEqual(countChanges('id', changes), { before: 'id', added: 1, fixed: 1, unassessed: 0 });
    assert.ok(!JSON.stringify(changes).includes('elsewhere'));
  });
});
