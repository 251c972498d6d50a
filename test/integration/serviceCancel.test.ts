import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { report as reportSchema, type Job } from '../../src/protocol';
import { analyzer, badLines, found, gated, stubbornChild } from './support/analyzers';
import { makeRepository, type TestRepository } from './support/repository';
import { form, startService, until, type TestService } from './support/service';
import { patience } from '../support/patience.mjs';

/** The full count with CODEAGENT_FULL=1; enough to notice otherwise. */
const rounds = process.env['CODEAGENT_FULL'] ? 200 : 30;

/** The processes of a group, except zombies. */
function alive(group: number): string[] {
  const all = execFileSync('ps', ['-eo', 'pgid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return all.filter((line) => line.trim().startsWith(`${group} `) && !/^\s*\d+ Z/.test(line));
}

describe('ending jobs of the scan service', () => {
  let service: TestService | undefined;
  let repository: TestRepository | undefined;
  afterEach(async () => {
    await service?.close();
    await repository?.dispose();
    service = repository = undefined;
  });

  it('ends a job even if an analyzer cannot be closed', async () => {
    const waiting = gated();
    const broken = { ...waiting.analyzer, close: () => Promise.reject(new Error('it hangs')) };
    service = await startService({ analyzers: [broken], tree: { 'a.js': 'BAD' } });
    const id = await service.submit({ path: service.root });
    await until(() => waiting.runs.length > 0);
    await service.get(`/jobs/${id}`, { method: 'DELETE' });
    assert.equal((await service.ended(id)).status, 'canceled');
    assert.ok(service.log.lines.includes('warn gated could not be closed: it hangs'));
  });

  it(`cancels at a random moment, ${rounds} times, and leaves nothing behind`, async function () {
    this.timeout(patience(rounds * 2000));
    const pids: number[] = [];
    const tree = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`src/f${n}.js`, 'BAD\n'.repeat(50)]));
    repository = await makeRepository();
    await repository.commit(tree);
    const running = (service = await startService({
      analyzers: [badLines(), stubbornChild(pids)],
      tree,
      allowFileUrls: true,
    }));
    const zip = new Blob([
      new Uint8Array(zipSync(Object.fromEntries(Object.entries(tree).map(([k, v]) => [k, strToU8(v)])))),
    ]);
    const work = join(service.storage, 'work');
    const sources = [{ path: service.root }, { github_url: repository.url }, { file: zip }];
    const phases = new Set<string>();
    const round = async (number: number) => {
      const answer = await running.get('/analyze-async', { method: 'POST', body: form(sources[number % 3]!) });
      const { job_id: id } = (await answer.json()) as { job_id: string };
      // On a busy machine, the random moments are all in the first phase.
      if (number % 4 === 3)
        await until(async () => (await running.job(id)).progress?.phase.startsWith('analyze:') === true);
      await new Promise((resolve) => setTimeout(resolve, randomInt(number % 2 === 0 ? 40 : 250)));
      const ended = running.ended(id);
      const canceled = await running.get(`/jobs/${id}`, { method: 'DELETE' });
      const job: Job = await ended;
      assert.equal(canceled.status, 202);
      assert.equal(job.status, 'canceled');
      assert.ok(job.phases?.every((phase) => phase.status !== 'running' && phase.status !== 'pending'));
      phases.add(job.progress?.phase ?? 'queued');
      const report = await running.get(`/reports/${id}`);
      if (report.status === 200) assert.equal(reportSchema.parse(await report.json()).meta.partial, true);
      assert.equal((await running.job(id)).status, 'canceled');
    };
    await round(0);
    const before = process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length;
    for (let number = 1; number < rounds; number += 1) await round(number);
    assert.deepEqual(pids.flatMap(alive), []);
    assert.ok(pids.length > 0 && phases.size > 1, [...phases].join());
    await until(async () => {
      const [own = ''] = await readdir(work);
      return (await readdir(join(work, own))).filter((name) => name !== 'uploads' && name !== 'new').length === 0;
    });
    await until(() => process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length <= before + 3);
    const children = execFileSync('ps', ['-o', 'args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
    assert.equal(/git|sleep/.test(children), false, children);
  });

  it('continues without an analyzer that ignores the signal', async () => {
    const deaf = analyzer('deaf', (run) => {
      run.issues([found('a.js', 1)]);
      return new Promise(() => undefined);
    });
    service = await startService({ analyzers: [deaf], tree: { 'a.js': '' } });
    const id = await service.submit({ path: service.root });
    await until(async () => (await service!.job(id)).phases?.[1]?.findings === 1);
    await service.get(`/jobs/${id}`, { method: 'DELETE' });
    assert.equal((await service.ended(id)).status, 'canceled');
  });

  it('contains analyzers that hang, throw, flood, lie, or are late', async () => {
    let late: () => void = () => undefined;
    const analyzerTimeout = patience(1_000);
    const limits = { analyzerTimeout, stopGrace: 50, maxFindings: 100 };
    service = await startService({
      limits,
      tree: { 'a.js': 'BAD' },
      analyzers: [
        badLines('good'),
        analyzer('hangs', () => new Promise(() => undefined)),
        analyzer('rejects', () => Promise.reject(new Error('It fell over.'))),
        analyzer('throws', () => {
          throw new Error('It never got up.');
        }),
        analyzer('floods', async (run) => {
          while (!run.signal.aborted) {
            run.issues([found('a.js', 1), found('a.js', 2)]);
            await new Promise((resolve) => setImmediate(resolve));
          }
        }),
        analyzer('lies', (run) => {
          run.issues([found('../etc/passwd', 1), found('other.js', 1), found('a.js', -1), null as never, 7 as never]);
          run.progress(1e9);
          run.progress(NaN);
          run.log('info', '\u0000\n'.repeat(100_000));
          late = () => {
            run.issues([found('a.js', 1)]);
            run.progress(1);
            run.log('info', 'late');
          };
          return Promise.resolve();
        }),
      ],
    });
    const id = await service.submit({ path: service.root });
    const job = await service.ended(id);
    late();
    assert.equal(job.status, 'completed');
    const outcome = (name: string) => {
      const phase = job.phases?.find((p) => p.phase === `analyze:${name}`);
      return [phase?.status, phase?.reason];
    };
    assert.deepEqual(outcome('good'), ['completed', null]);
    assert.deepEqual(outcome('hangs'), ['failed', `Timed out after ${Math.round(analyzerTimeout / 1000)} s.`]);
    assert.deepEqual(outcome('rejects'), ['failed', 'It fell over.']);
    assert.deepEqual(outcome('throws'), ['failed', 'It never got up.']);
    assert.deepEqual(outcome('floods'), ['completed', 'Stopped after 100 findings, which are too many to be useful.']);
    assert.deepEqual(outcome('lies'), ['completed', null]);
    const report = reportSchema.parse(await (await service.get(`/reports/${id}`)).json());
    assert.deepEqual(
      report.files.map((file) => file.path),
      ['a.js'],
    );
    assert.deepEqual(report.meta.tools, ['good', 'floods', 'lies']);
  });

  it('fails if every analyzer failed, or if it times out', async () => {
    const gate = gated();
    const broken = analyzer('broken', () => Promise.reject(new Error('No.')));
    service = await startService({ analyzers: [broken, gate.analyzer], tree: { 'a.js': '' } });
    const all = await service.ended(await service.submit({ path: service.root, analyzers: 'broken' }));
    assert.deepEqual([all.status, all.error], ['failed', 'Every analyzer failed: broken: No.']);
    const late = await service.ended(
      await service.submit({ path: service.root, analyzers: 'gated', timeout_sec: '1' }),
    );
    assert.deepEqual([late.status, late.error], ['failed', 'The job timed out after 1 s.']);
  });

  it('cancels a waiting job, and marks all as interrupted when the service ends', async () => {
    const gate = gated();
    service = await startService({ analyzers: [gate.analyzer], tree: { 'a.js': '' }, concurrency: 1 });
    const first = await service.submit({ path: service.root });
    const second = await service.submit({ path: service.root });
    const third = await service.submit({ path: service.root });
    await service.get(`/jobs/${second}`, { method: 'DELETE' });
    assert.equal((await service.ended(second)).status, 'canceled');
    const streams = Promise.all([service.ended(first), service.ended(third)]);
    await until(() => gate.runs.length === 1);
    await until(async () => (await service!.job(third)).status === 'queued');
    await service.runner.close();
    for (const job of await streams) assert.deepEqual([job.status, job.error], ['failed', 'interrupted']);
  });
});
