import assert from 'node:assert/strict';
import type { Job } from '../../src/protocol';
import { PhaseHold } from '../../src/ui/tree/phaseHold';

function running(latest: string, begun: string[]): Job {
  const phase = (name: string) => ({
    phase: name,
    status: 'running' as const,
    started_at: '2026-11-23T16:37:18Z',
    finished_at: null,
    percent: 0,
    findings: 0,
    reason: null,
  });
  return {
    job_id: 'a',
    status: 'running',
    progress: { phase: latest, percent: 10 },
    submitted_at: null,
    started_at: null,
    finished_at: null,
    error: null,
    phases: begun.map(phase),
  };
}

describe('the phase that a row names', () => {
  it('is each one once as it begins, then the one that moved last', async () => {
    const named: (string | undefined)[] = [];
    let all: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (all = resolve));
    const hold = new PhaseHold((id) => {
      named.push(hold.phaseOf(id));
      if (hold.phaseOf(id) === 'analyze:two' && named.length >= 2) all();
    });
    hold.note('a', running('analyze:two', ['clone', 'analyze:one', 'analyze:two']));
    assert.equal(hold.phaseOf('a'), 'clone');
    await done;
    assert.deepEqual(named, ['analyze:one', 'analyze:two']);
    hold.dispose();
  });

  it('is none once the job has ended', () => {
    const hold = new PhaseHold(() => undefined);
    hold.note('a', running('merge', ['clone', 'merge']));
    hold.note('a', { ...running('write', []), status: 'completed' });
    assert.equal(hold.phaseOf('a'), undefined);
    hold.dispose();
  });
});
