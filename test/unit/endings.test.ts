import assert from 'node:assert/strict';
import type { Job } from '../../src/protocol';
import type { TrackedJob } from '../../src/store/scanStore';
import { sumOf } from '../../src/store/standing';
import { endingsOf, showsNotification, type Outcome } from '../../src/ui/notifications/endings';

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
const outcome = (high: number, medium: number, hidden = 0, gaps = 0): Outcome => ({
  tracked: tracked('shop'),
  open: { critical: 0, high, medium, low: 0 },
  hidden,
  gaps,
});
/** In a workspace with one folder and no other findings. */
const endings = (completed: Outcome[], failed: TrackedJob[] = []) =>
  endingsOf(completed, failed, { open: sumOf(completed.flatMap(({ open }) => open ?? [])), nameOf: () => undefined });
const texts = (...args: Parameters<typeof endings>) => endings(...args).map((ending) => ending.text);

describe('messages about finished scans', () => {
  it('give the counts, or that there are no findings, and how many findings are hidden', () => {
    assert.deepEqual(texts([outcome(2, 5)], []), ['Scan completed: 2 high, 5 medium in 4.0 s']);
    assert.deepEqual(texts([outcome(0, 0)], []), ['Scan completed: no findings in 4.0 s']);
    assert.deepEqual(texts([outcome(0, 1, 3)], []), ['Scan completed: 1 medium (3 hidden) in 4.0 s']);
    assert.deepEqual(texts([{ ...outcome(0, 0), open: undefined }], []), [
      'Scan completed: the report could not be read in 4.0 s',
    ]);
  });

  it('mention gaps, and never just say that there are no findings', () => {
    assert.deepEqual(texts([outcome(2, 0, 0, 1)]), ['Scan completed with gaps: 2 high in 4.0 s']);
    assert.deepEqual(texts([outcome(0, 0, 0, 2)]), [
      'Scan completed with gaps: no findings in what was scanned in 4.0 s',
    ]);
    const [ending] = endings([outcome(0, 0, 0, 2)]);
    assert.deepEqual([ending?.important, ending?.gaps], [true, 2]);
  });

  it('give the total if it differs, and the folder if there are several', () => {
    const context = { open: { critical: 0, high: 6, medium: 60, low: 0 }, nameOf: () => 'a.js in shop' };
    assert.deepEqual(
      endingsOf([outcome(0, 0)], [], context).map(({ text }) => text),
      ['Scan of a.js in shop completed: no findings in 4.0 s. Open in total: 66'],
    );
    const failed = tracked('a.js', { status: 'failed', error: 'no space left' });
    assert.deepEqual(
      endingsOf([], [failed], context).map(({ text }) => text),
      ['Scan of a.js in shop failed: no space left'],
    );
  });

  it('say why a scan failed', () => {
    const failed = tracked('shop', { status: 'failed', error: 'no space left' });
    assert.deepEqual(texts([], [failed]), ['Scan of shop failed: no space left']);
  });

  it('are combined for scans that end together, one for each outcome', () => {
    const failed = [tracked('a', { status: 'failed' }), tracked('b', { status: 'expired' })];
    assert.deepEqual(texts([outcome(1, 0), outcome(1, 2)], failed), [
      '2 scans failed: a, b',
      '2 scans completed: 2 high, 2 medium',
    ]);
  });

  it('are shown as notifications according to the setting', () => {
    const [quiet] = endings([outcome(0, 3)]);
    const [bad] = endings([outcome(1, 0)]);
    const [failed] = endings([], [tracked('a', { status: 'failed' })]);
    assert.ok(quiet && bad && failed);
    const told = [quiet, bad, failed].map((e) =>
      (['all', 'important', 'none'] as const).map((l) => showsNotification(e, l)),
    );
    assert.deepEqual(told, [
      [true, false, false],
      [true, true, false],
      [true, true, false],
    ]);
  });
});
