import assert from 'node:assert/strict';
import { report as reportSchema } from '../../src/protocol';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLocal } from '../../src/service/local/openLocal';
import { badLines, gated } from './support/analyzers';
import { frames, MemoryLog, startService, until, type TestService } from './support/service';

describe('the scan service', () => {
  let service: TestService | undefined;
  afterEach(async () => {
    await service?.close();
    service = undefined;
  });

  it('answers while it removes old jobs, and ends after that', async () => {
    let rounds = 0;
    let finish: () => void = () => undefined;
    const work = new Promise<void>((resolve) => (finish = resolve));
    const folder = await mkdtemp(join(tmpdir(), 'codeagent-open-'));
    service = await startService({
      analyzers: [badLines()],
      tree: { 'a.js': 'BAD' },
      open: async ({ config, limits }) => ({
        ...(await openLocal({ folder, config, maxEvents: limits.maxLog, log: new MemoryLog() })),
        alone: () => {
          rounds += 1;
          return work;
        },
      }),
      guarded: true,
    });
    assert.equal((await service.get('/health')).status, 200);
    assert.equal(rounds, 1);
    const closed = service.close();
    finish();
    await closed;
    service = undefined;
    await rm(folder, { recursive: true });
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
