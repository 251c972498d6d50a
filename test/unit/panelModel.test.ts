import assert from 'node:assert/strict';
import { issue, type Job, type JobPhase, type PhaseStatus } from '../../src/protocol';
import type { TrackedJob } from '../../src/store/scanStore';
import { modelOf } from '../../src/ui/panel/model';

function phase(name: string, status: PhaseStatus, reason: string | null = null): JobPhase {
  return { phase: name, status, started_at: null, finished_at: null, percent: 0, findings: 0, reason };
}

function tracked(job: Partial<Job>): TrackedJob {
  return {
    id: 'a',
    job: {
      job_id: 'a',
      status: 'running',
      progress: null,
      submitted_at: null,
      started_at: '2026-11-23T16:37:18Z',
      finished_at: null,
      error: null,
      ...job,
    },
    submitted: true,
    startedHere: undefined,
    origin: { service: 'embedded', url: '' },
    folder: undefined,
    request: undefined,
    connection: 'streaming',
    log: [],
    live: [],
    report: undefined,
  };
}

function states(job: Partial<Job>): string[] {
  return modelOf(tracked(job)).steps.map((step) => `${step.title}: ${step.state}`);
}

describe('the model of the progress panel', () => {
  it('has one step in progress at a time', () => {
    assert.deepEqual(
      states({
        progress: { phase: 'analyze:one', percent: 40 },
        phases: [phase('clone', 'completed'), phase('analyze:one', 'running'), phase('merge', 'pending')],
      }),
      [
        'Initializing: completed',
        'Collecting Files: completed',
        'Analyzing Code: running',
        'Generating Report: pending',
      ],
    );
  });

  it('says that it clones a repository', () => {
    const source = { kind: 'git' as const, url: 'https://example.org/a.git', ref: null, commit: null, label: null };
    assert.ok(states({ source, phases: [phase('clone', 'running')] }).includes('Cloning Repository: running'));
  });

  it('marks the failed step if the runner dies', () => {
    const error = 'interrupted';
    assert.deepEqual(
      states({
        status: 'failed',
        error,
        phases: [
          phase('clone', 'completed'),
          phase('analyze:one', 'completed'),
          phase('analyze:two', 'failed', error),
          phase('merge', 'skipped'),
        ],
      }),
      [
        'Initializing: completed',
        'Collecting Files: completed',
        'Analyzing Code: failed',
        'Generating Report: skipped',
      ],
    );
  });

  it('completes the step if one analyzer fails but the job does not', () => {
    const done = states({
      status: 'completed',
      phases: [
        phase('clone', 'completed'),
        phase('analyze:one', 'completed'),
        phase('analyze:two', 'failed', 'not there'),
        phase('merge', 'completed'),
        phase('write', 'completed'),
      ],
    });
    assert.ok(done.every((text) => text.endsWith('completed')));
  });

  it('derives the steps from the progress if a service reports no phases', () => {
    assert.deepEqual(states({ progress: { phase: 'analyze:semgrep', percent: 40 } }), [
      'Initializing: completed',
      'Collecting Files: completed',
      'Analyzing Code: running',
      'Generating Report: pending',
    ]);
    assert.ok(states({ status: 'completed' }).every((text) => text.endsWith('completed')));
    assert.equal(modelOf(tracked({ status: 'completed', progress: { phase: 'write', percent: 95 } })).percent, 100);
  });

  it('counts a finding once that several analyzers have found, as the Findings view does', () => {
    const found = (tool: string) =>
      issue.parse({
        tool,
        type: 'security',
        message: 'Bad.',
        severity: 'high',
        file: 'a.js',
        rule_id: 'js-eval',
        line: 2,
        snippet: 'eval(x)',
      });
    const live = [found('ast-grep'), found('ast-grep')];
    assert.equal(modelOf({ ...tracked({}), live }).counts?.high, 1);
  });
});
