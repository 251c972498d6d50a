import assert from 'node:assert/strict';
import { job, type Issue, type Job } from '../../src/protocol';
import { reduce, type StoreState } from '../../src/store/scanStore';
import { found } from '../integration/support/analyzers';

const none: StoreState = new Map();
const origin = { service: 'remote', url: 'https://scan.example.com' } as const;

function jobWith(fields: Partial<Job>): Job {
  const times = { submitted_at: null, started_at: null, finished_at: null };
  return job.parse({ job_id: 'j', status: 'queued', progress: null, error: null, ...times, ...fields });
}

describe('the scans of a window', () => {
  const source = { kind: 'path', url: '/work/shop', ref: null, commit: null, label: 'shop' } as const;
  const tracked = reduce(none, { type: 'tracked', id: 'a', job: jobWith({ source }), origin });

  it('keep the label they were started with', () => {
    const zip = { kind: 'zip', url: '1.zip', ref: null, commit: null, label: null } as const;
    const remote = reduce(tracked, { type: 'job', id: 'a', job: jobWith({ status: 'running', source: zip }) });
    assert.deepEqual(remote.get('a')?.job.source, { ...zip, label: 'shop' });
    const foreign = reduce(tracked, { type: 'job', id: 'a', job: jobWith({ status: 'running' }) });
    assert.equal(foreign.get('a')?.job.source?.label, 'shop');
  });

  it('never leave a terminal status', () => {
    const ended = reduce(tracked, { type: 'job', id: 'a', job: jobWith({ status: 'canceled' }) });
    assert.equal(reduce(ended, { type: 'job', id: 'a', job: jobWith({ status: 'completed' }) }), ended);
    assert.equal(reduce(ended, { type: 'lost', id: 'a', error: 'gone' }), ended);
  });

  it('count the findings of a scan that began again once', () => {
    const [issue] = [found('a.js', 1)] as unknown as Issue[];
    assert.ok(issue);
    const find = (state: StoreState, restart = false) =>
      reduce(state, { type: 'findings', id: 'a', issues: restart ? [] : [issue], restart });
    const twice = find(find(tracked));
    assert.equal(twice.get('a')?.live.length, 2);
    assert.equal(find(find(twice, true)).get('a')?.live.length, 1);
  });
});
