import assert from 'node:assert/strict';
import { report as reportSchema } from '../../src/protocol';
import { badLines, gated } from './support/analyzers';
import { frames, startService, until, type TestService } from './support/service';

describe('the scan service', () => {
  let service: TestService | undefined;
  afterEach(async () => {
    await service?.close();
    service = undefined;
  });

  it('scans a folder from submission to report', async () => {
    service = await startService({
      analyzers: [badLines()],
      tree: { 'a.js': 'ok\nBAD one\n', 'sub/b.py': 'BAD\n', '.env': 'BAD\n', 'node_modules/x/i.js': 'BAD' },
    });
    const id = await service.submit({ path: service.root });
    const job = await service.ended(id);
    assert.equal(job.status, 'completed');
    assert.equal(job.progress?.percent, 100);
    assert.deepEqual(
      job.phases?.map((phase) => [phase.phase, phase.status]),
      [
        ['clone', 'completed'],
        ['analyze:bad', 'completed'],
        ['merge', 'completed'],
        ['write', 'completed'],
      ],
    );
    const report = reportSchema.parse(await (await service.get(`/reports/${id}`)).json());
    assert.deepEqual(
      report.files.map((file) => [file.path, file.issues.map((issue) => issue.line)]),
      [
        ['.env', [1]],
        ['a.js', [2]],
        ['sub/b.py', [1]],
      ],
    );
    assert.deepEqual(report.meta.files_skipped, { vendored: 1 });
  });

  it('runs two jobs concurrently and keeps the rest waiting', async () => {
    const gate = gated();
    const running = (service = await startService({ analyzers: [gate.analyzer], tree: { 'a.js': '1' } }));
    const ids = await Promise.all([1, 2, 3].map(() => running.submit({ path: running.root })));
    await until(() => gate.runs.length === 2);
    const states = await Promise.all(ids.map(async (id) => (await running.job(id)).status));
    assert.deepEqual(states.toSorted(), ['queued', 'running', 'running']);
    gate.open();
    for (const id of ids) assert.equal((await running.ended(id)).status, 'completed');
  });

  it('cancels a running job and keeps what was found', async () => {
    const gate = gated();
    service = await startService({ analyzers: [gate.analyzer, badLines()], tree: { 'a.js': 'BAD' } });
    const id = await service.submit({ path: service.root });
    const stream = frames(await service.get(`/events/${id}`));
    for await (const frame of stream) if (frame.event === 'findings') break;
    const answer = await service.get(`/jobs/${id}`, { method: 'DELETE' });
    assert.equal(answer.status, 202);
    assert.equal((await service.ended(id)).status, 'canceled');
    const report = reportSchema.parse(await (await service.get(`/reports/${id}`)).json());
    assert.equal(report.meta.partial, true);
    assert.equal(report.files.length, 1);
    assert.equal((await service.get(`/jobs/${id}`, { method: 'DELETE' })).status, 409);
  });
});
