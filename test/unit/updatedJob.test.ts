import assert from 'node:assert/strict';
import { readFrame } from '../../src/client/dialect';
import type { Job, JobPhase, PhaseStatus } from '../../src/protocol';
import { updated } from '../../src/protocol/updatedJob';

const phase = (name: string, status: PhaseStatus, started_at: string | null = null): JobPhase => ({
  phase: name,
  status,
  started_at,
  finished_at: null,
  percent: 0,
  findings: 0,
  reason: null,
});
const job = (part: Partial<Job>): Job => ({
  job_id: 'a',
  status: 'running',
  progress: null,
  submitted_at: null,
  started_at: null,
  finished_at: null,
  error: null,
  ...part,
});
const source = { kind: 'path', url: '/shop', ref: null, commit: null, label: 'shop' } as const;
const told = ({ phases }: Job) => phases?.map((one) => `${one.phase} ${one.status}`);

describe('a job merged with a newer one', () => {
  const before = job({ source, phases: [phase('a', 'running', 'then'), phase('b', 'pending')] });

  it('loses the phases that a complete one no longer has', () => {
    const whole = job({ source, phases: [phase('a', 'running')] });
    assert.deepEqual(told(updated(before, whole)), ['a running']);
    const ended = job({ status: 'completed', phases: [phase('a', 'completed')] });
    assert.deepEqual(told(updated(before, ended)), ['a completed']);
  });

  it('keeps the phases and start times that a progress update omits', () => {
    const update = updated(before, job({ phases: [phase('a', 'running')] }));
    assert.deepEqual(told(update), ['a running', 'b pending']);
    assert.equal(update.phases?.[0]?.started_at, 'then');
  });
});

describe('a frame of a stream', () => {
  it('is an error if it says that the stream cannot continue, whether it names its job or not', () => {
    for (const more of [{}, { job_id: 'a' }])
      assert.deepEqual(readFrame('message', JSON.stringify({ ...more, error: 'Job stream is not available' })), {
        kind: 'error',
        message: 'Job stream is not available',
      });
    assert.equal(readFrame('message', JSON.stringify(job({ status: 'failed', error: 'no' }))).kind, 'job');
    assert.equal(readFrame('message', '{"job_id": "a"}').kind, 'unreadable');
  });
});
