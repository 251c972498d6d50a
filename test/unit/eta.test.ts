import assert from 'node:assert/strict';
import fc from 'fast-check';
import { currentPhase, type JobPhase } from '../../src/protocol';
import { Estimator } from '../../src/service/pipeline/eta';

const phase = 'analyze:one';
const running = [{ phase, status: 'running', started_at: new Date(0).toISOString() }];
const bytes = 100_000_000;

/** The estimates for each second, given the bytes done by then. */
function told(done: readonly number[]): (number | undefined)[] {
  const estimator = new Estimator([{ phase, bytes }]);
  return done.map((sum, second) => {
    estimator.done(phase, sum, second * 1000);
    return estimator.estimate(running, second * 1000);
  });
}

describe('the estimated time left', () => {
  it('is shown in whole seconds once estimates have been stable for a while', () => {
    const steady = told(Array.from({ length: 12 }, (_, second) => second * 1_000_000));
    assert.deepEqual(steady.slice(0, 6), Array(6).fill(undefined));
    // 100 s in all, and one to write it down.
    assert.deepEqual(steady.slice(6, 9), [95, 94, 93]);
  });

  it('is not shown while the pace fluctuates', () => {
    const jumpy = told([0, 1e6, 2e6, 3e6, 40e6, 41e6, 42e6]);
    assert.ok(
      jumpy.slice(4).every((one) => one === undefined),
      String(jumpy),
    );
  });

  it('disappears while nothing progresses, and then comes back', () => {
    const done = Array.from({ length: 40 }, (_, second) => Math.min(second, 10) * 1e6 + Math.max(0, second - 25) * 1e6);
    const seen = told(done);
    assert.notEqual(seen[10], undefined);
    assert.ok(
      seen.slice(16, 26).every((one) => one === undefined),
      String(seen),
    );
    assert.notEqual(seen[39], undefined);
  });

  it('covers all analyzers together, weighted by their work', () => {
    const phases = ['quick', 'slow'].map((name) => ({ ...running[0]!, phase: name }));
    const estimator = new Estimator([
      { phase: 'quick', bytes: 10e6, work: 1 },
      { phase: 'slow', bytes: 10e6, work: 9 },
    ]);
    let seen: number | undefined;
    for (let second = 0; second <= 20; second += 1) {
      estimator.done('quick', Math.min(second * 1e6, 10e6), second * 1000);
      estimator.done('slow', second * 1e5, second * 1000);
      seen = estimator.estimate(phases, second * 1000);
    }
    // 2.8 of 10 are done in 20 s.
    assert.equal(seen, Math.ceil((20 * 7.2) / 2.8 + 1));
  });

  it('never doubles or halves within seconds', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(8_000_000), { minLength: 5, maxLength: 60 }), (steps) => {
        let sum = 0;
        const seen = told(steps.map((step) => (sum = Math.min(bytes, sum + step))));
        for (const [at, left] of seen.entries()) {
          const before = seen[at - 1];
          if (left === undefined || before === undefined) continue;
          assert.ok(Number.isInteger(left));
          assert.ok(left <= 2 * before + 2 && before - 1 <= 2 * left + 2, `${before} -> ${left}`);
        }
      }),
    );
  });
});

describe('the current phase of a running job', () => {
  const at = (name: string, status: JobPhase['status'], second: number | null): JobPhase => ({
    phase: name,
    status,
    started_at: second === null ? null : new Date(second * 1000).toISOString(),
    finished_at: null,
    percent: 0,
    findings: 0,
    reason: null,
  });
  const progress = { phase: 'analyze:last', percent: 40 };

  it('is the one that the service names, as long as it runs', () => {
    const phases = [at('analyze:a', 'running', 2), at('analyze:b', 'running', 3), at('analyze:c', 'completed', 1)];
    const naming = (phase: string) => currentPhase({ phases, progress: { phase, percent: 40 } });
    assert.equal(naming('analyze:b'), 'analyze:b');
    assert.equal(naming('analyze:c'), 'analyze:a');
  });

  it('is otherwise the one that started first', () => {
    const phases = [at('clone', 'completed', 0), at('analyze:a', 'running', 3), at('analyze:b', 'running', 2)];
    assert.equal(currentPhase({ phases, progress }), 'analyze:b');
  });

  it('is never one that has ended, but the next one', () => {
    const phases = [at('clone', 'completed', 0), at('analyze:a', 'failed', 1), at('merge', 'pending', null)];
    assert.equal(currentPhase({ phases, progress: { phase: 'clone', percent: 9 } }), 'merge');
  });

  it('is the one that the service names if it reports no phases', () => {
    assert.equal(currentPhase({ progress }), 'analyze:last');
    assert.equal(currentPhase({ progress: null }), undefined);
  });
});
