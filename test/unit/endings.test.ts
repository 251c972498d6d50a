import assert from 'node:assert/strict';
import type { Job } from '../../src/protocol';
import type { TrackedJob } from '../../src/store/scanStore';
import { sumOf } from '../../src/store/standing';
import { endingsOf, isToast, type Outcome } from '../../src/ui/notifications/endings';
import { trackedJob } from './support/trackedJob';

function tracked(label: string, part: Partial<Job> = {}): TrackedJob {
  return trackedJob(
    label,
    {},
    {
      started_at: '2026-01-01T00:00:00Z',
      finished_at: '2026-01-01T00:00:04Z',
      source: { kind: 'path', url: null, ref: null, commit: null, label },
      ...part,
    },
  );
}
const outcome = (high: number, medium: number, left = 0, gaps = 0): Outcome => ({
  tracked: tracked('shop'),
  open: { critical: 0, high, medium, low: 0 },
  left,
  gaps,
});
/** In a workspace of one folder in which nothing else is open. */
const endings = (completed: Outcome[], failed: TrackedJob[] = []) =>
  endingsOf(completed, failed, { open: sumOf(completed.flatMap(({ open }) => open ?? [])), nameOf: () => undefined });
const texts = (...args: Parameters<typeof endings>) => endings(...args).map((ending) => ending.text);

describe('how the end of scans is told', () => {
  it('counts, says plainly that there is nothing, and what is left out', () => {
    assert.deepEqual(texts([outcome(2, 5)], []), ['Scan completed: 2 high, 5 medium in 4.0 s']);
    assert.deepEqual(texts([outcome(0, 0)], []), ['Scan completed: no issues in 4.0 s']);
    assert.deepEqual(texts([outcome(0, 1, 3)], []), ['Scan completed: 1 medium (3 left out) in 4.0 s']);
    assert.deepEqual(texts([{ ...outcome(0, 0), open: undefined }], []), [
      'Scan completed: the report could not be read in 4.0 s',
    ]);
  });

  it('says that not everything was scanned, and never plainly that there is nothing', () => {
    assert.deepEqual(texts([outcome(2, 0, 0, 1)]), ['Scan completed with gaps: 2 high in 4.0 s']);
    assert.deepEqual(texts([outcome(0, 0, 0, 2)]), [
      'Scan completed with gaps: no issues in what was scanned in 4.0 s',
    ]);
    const [ending] = endings([outcome(0, 0, 0, 2)]);
    assert.deepEqual([ending?.important, ending?.gaps], [true, 2]);
  });

  it('tells the sum of what is open where that is more than this scan found, and which folder it was', () => {
    const around = { open: { critical: 0, high: 6, medium: 60, low: 0 }, nameOf: () => 'a.js in shop' };
    assert.deepEqual(
      endingsOf([outcome(0, 0)], [], around).map(({ text }) => text),
      ['Scan of a.js in shop completed: no issues in 4.0 s. Open in all: 66'],
    );
    const failed = tracked('a.js', { status: 'failed', error: 'no space left' });
    assert.deepEqual(
      endingsOf([], [failed], around).map(({ text }) => text),
      ['Scan of a.js in shop failed: no space left'],
    );
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
    const [quiet] = endings([outcome(0, 3)]);
    const [bad] = endings([outcome(1, 0)]);
    const [failed] = endings([], [tracked('a', { status: 'failed' })]);
    assert.ok(quiet && bad && failed);
    const told = [quiet, bad, failed].map((e) => (['all', 'important', 'none'] as const).map((l) => isToast(e, l)));
    assert.deepEqual(told, [
      [true, false, false],
      [true, true, false],
      [true, true, false],
    ]);
  });
});
