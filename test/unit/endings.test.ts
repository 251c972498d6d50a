import assert from 'node:assert/strict';
import type { Job } from '../../src/protocol';
import type { TrackedJob } from '../../src/store/scanStore';
import { endingsOf, isToast, type Outcome } from '../../src/ui/endings';

function tracked(label: string, part: Partial<Job> = {}): TrackedJob {
  return {
    id: label,
    job: {
      job_id: label,
      status: 'completed',
      progress: null,
      submitted_at: null,
      started_at: '2026-01-01T00:00:00Z',
      finished_at: '2026-01-01T00:00:04Z',
      error: null,
      source: { kind: 'path', url: null, ref: null, commit: null, label },
      ...part,
    },
    submitted: true,
    quiet: false,
    startedHere: undefined,
    origin: { service: 'embedded', url: '' },
    folder: '/shop',
    request: undefined,
    connection: 'ended',
    log: [],
    live: [],
    report: undefined,
  };
}
const outcome = (high: number, medium: number, left = 0): Outcome => ({
  tracked: tracked('shop'),
  open: { critical: 0, high, medium, low: 0 },
  left,
});
const texts = (...args: Parameters<typeof endingsOf>) => endingsOf(...args).map((ending) => ending.text);

describe('how the end of scans is told', () => {
  it('counts, says plainly that there is nothing, and what is left out', () => {
    assert.deepEqual(texts([outcome(2, 5)], []), ['Scan completed: 2 high, 5 medium in 4.0 s']);
    assert.deepEqual(texts([outcome(0, 0)], []), ['Scan completed: no issues in 4.0 s']);
    assert.deepEqual(texts([outcome(0, 1, 3)], []), ['Scan completed: 1 medium (3 left out) in 4.0 s']);
    assert.deepEqual(texts([{ ...outcome(0, 0), open: undefined }], []), [
      'Scan completed: the report could not be read in 4.0 s',
    ]);
  });

  it('says why one failed', () => {
    const failed = tracked('shop', { status: 'failed', error: 'no space left' });
    assert.deepEqual(texts([], [failed]), ['Scan of shop failed: no space left']);
  });

  it('tells many that end together as one of each kind', () => {
    const failed = [tracked('a', { status: 'failed' }), tracked('b', { status: 'expired' })];
    assert.deepEqual(texts([outcome(1, 0), outcome(1, 2)], failed), [
      '2 scans failed: a, b',
      '2 scans completed: 2 high, 2 medium',
    ]);
  });

  it('is a notification as far as the setting wants it', () => {
    const [quiet] = endingsOf([outcome(0, 3)], []);
    const [bad] = endingsOf([outcome(1, 0)], []);
    const [failed] = endingsOf([], [tracked('a', { status: 'failed' })]);
    assert.ok(quiet && bad && failed);
    const told = [quiet, bad, failed].map((e) => (['all', 'important', 'none'] as const).map((l) => isToast(e, l)));
    assert.deepEqual(told, [
      [true, false, false],
      [true, true, false],
      [true, true, false],
    ]);
  });
});
