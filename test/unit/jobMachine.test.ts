import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isTerminal, jobStatus, phaseStatus } from '../../src/protocol';
import {
  legalPhaseTransitions,
  legalTransitions,
  newJob,
  reduce,
  type JobAction,
  type JobState,
} from '../../src/service/job/jobMachine';

const at = '2026-01-02T03:04:05.000Z';

function fresh(): JobState {
  const source = { kind: 'path' as const, url: '/x', ref: null, commit: null, label: 'x' };
  return newJob({ job_id: 'j', submitted_at: at, source, labels: [] }, ['a', 'b']);
}

function apply(...actions: JobAction[]): JobState {
  return actions.reduce(reduce, fresh());
}

const phases = ['clone', 'analyze:a', 'analyze:b', 'merge', 'write', 'nonsense'];

const action: fc.Arbitrary<JobAction> = fc.oneof(
  fc.constant<JobAction>({ type: 'start', at }),
  fc.constant<JobAction>({ type: 'plan', weights: { 'analyze:a': 3, 'analyze:b': 1 }, filesTotal: 40 }),
  fc.record({
    type: fc.constant('phase' as const),
    phase: fc.constantFrom(...phases),
    status: fc.constantFrom(...phaseStatus.options),
    at: fc.constant(at),
  }),
  fc.record({
    type: fc.constant('progress' as const),
    phase: fc.constantFrom(...phases),
    percent: fc.double({ min: -50, max: 250 }),
  }),
  fc.record({
    type: fc.constant('found' as const),
    phase: fc.constantFrom(...phases),
    count: fc.integer({ min: -3, max: 9 }),
  }),
  fc.record({ type: fc.constant('eta' as const), seconds: fc.option(fc.nat(), { nil: undefined }) }),
  fc.record({
    type: fc.constant('finish' as const),
    status: fc.constantFrom(...jobStatus.options),
    at: fc.constant(at),
  }),
);

describe('the job state machine', () => {
  it('has no way out of a terminal status', () => {
    for (const status of jobStatus.options)
      if (isTerminal(status)) assert.deepEqual(legalTransitions[status], [], status);
    for (const status of ['completed', 'failed', 'skipped', 'canceled'] as const)
      assert.deepEqual(legalPhaseTransitions[status], [], status);
  });

  it('takes only legal transitions, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        let state = fresh();
        for (const next of actions) {
          const { job: before } = state;
          state = reduce(state, next);
          const { job } = state;
          assert.ok(job.status === before.status || legalTransitions[before.status].includes(job.status));
          if (isTerminal(before.status)) assert.equal(job, before);
          assert.ok((job.progress?.percent ?? 0) >= (before.progress?.percent ?? 0));
          if (job.status === 'completed') assert.equal(job.progress?.percent, 100);
          else assert.ok((job.progress?.percent ?? 0) < 100);
          for (const [index, phase] of job.phases.entries()) {
            const was = before.phases[index]!;
            const legal = legalPhaseTransitions[was.status].includes(phase.status);
            assert.ok(phase.status === was.status || legal, `${was.status} -> ${phase.status}`);
            assert.ok(phase.percent >= was.percent && phase.percent <= 100);
            if (isTerminal(job.status)) assert.ok(phase.status !== 'pending' && phase.status !== 'running');
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('weights the analyzers and reserves 100 for the end', () => {
    const run: JobAction[] = [
      { type: 'start', at },
      { type: 'phase', phase: 'clone', status: 'running', at },
      { type: 'phase', phase: 'clone', status: 'completed', at },
      { type: 'plan', weights: { 'analyze:a': 3, 'analyze:b': 1 }, filesTotal: 40 },
      { type: 'phase', phase: 'analyze:a', status: 'running', at },
      { type: 'phase', phase: 'analyze:b', status: 'running', at },
    ];
    const percent = (...more: JobAction[]) => apply(...run, ...more).job.progress?.percent;
    assert.equal(percent(), 10);
    assert.equal(percent({ type: 'progress', phase: 'analyze:a', percent: 50 }), 40);
    assert.equal(percent({ type: 'phase', phase: 'analyze:b', status: 'failed', at }), 30);
    assert.equal(percent({ type: 'phase', phase: 'analyze:b', status: 'canceled', at }), 10);
    const all: JobAction[] = phases.flatMap((phase) => [
      { type: 'phase', phase, status: 'running', at },
      { type: 'phase', phase, status: 'completed', at },
    ]);
    assert.equal(percent(...all), 99);
    assert.equal(percent(...all, { type: 'finish', status: 'completed', at }), 100);
  });

  describe('the named phase', () => {
    const begun: JobAction[] = [
      { type: 'start', at },
      { type: 'phase', phase: 'clone', status: 'running', at },
      { type: 'phase', phase: 'clone', status: 'completed', at },
      { type: 'plan', weights: { 'analyze:a': 3, 'analyze:b': 1 }, filesTotal: 40 },
      { type: 'phase', phase: 'analyze:a', status: 'running', at },
      { type: 'phase', phase: 'analyze:b', status: 'running', at },
    ];
    const named = (...more: JobAction[]) => apply(...begun, ...more).job.progress?.phase;
    const move = (phase: string, percent: number): JobAction => ({
      type: 'progress',
      phase: `analyze:${phase}`,
      percent,
    });

    it('does not change with every move', () => {
      assert.equal(named(), 'analyze:a');
      assert.equal(named(move('a', 10), move('b', 5), move('a', 11), move('b', 9)), 'analyze:a');
    });

    it('changes when it makes no progress while the job does', () => {
      assert.equal(named(move('a', 10), move('b', 5)), 'analyze:a');
      assert.equal(named(move('a', 10), move('b', 50)), 'analyze:b');
      assert.equal(named(move('a', 10), move('b', 50), move('a', 10.5)), 'analyze:b');
    });

    it('is one that still runs when it ends', () => {
      const end = (phase: string): JobAction => ({ type: 'phase', phase: `analyze:${phase}`, status: 'completed', at });
      assert.equal(named(move('a', 10), end('a')), 'analyze:b');
      assert.equal(named(end('b'), move('a', 1)), 'analyze:a');
      assert.equal(named(end('a'), end('b'), { type: 'phase', phase: 'merge', status: 'running', at }), 'merge');
    });
  });

  it('advances by less than a percent of a phase', () => {
    const weights = { 'analyze:a': 1, 'analyze:b': 0.001 };
    const run: JobAction[] = [
      { type: 'start', at },
      { type: 'plan', weights, filesTotal: 40 },
      { type: 'phase', phase: 'analyze:a', status: 'running', at },
    ];
    const percent = (done: number) =>
      apply(...run, { type: 'progress', phase: 'analyze:a', percent: done }).job.progress?.percent;
    // The analyzers account for 80 % of the job.
    assert.deepEqual([percent(1.2), percent(1.3)], [0, 1]);
  });

  it('leaves no phase open when a job ends', () => {
    const running: JobAction[] = [
      { type: 'start', at },
      { type: 'phase', phase: 'clone', status: 'running', at },
    ];
    const of = (status: 'failed' | 'canceled') =>
      apply(...running, { type: 'finish', status, at, error: 'why' }).job.phases.map((phase) => phase.status);
    assert.deepEqual(of('failed'), ['failed', 'skipped', 'skipped', 'skipped', 'skipped']);
    assert.deepEqual(of('canceled'), ['canceled', 'canceled', 'canceled', 'canceled', 'canceled']);
  });

  it('does not count a job as completed that never ran', () => {
    assert.equal(apply({ type: 'finish', status: 'completed', at }).job.status, 'queued');
  });
});
