import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isTerminal, job as jobSchema, jobList, report as reportSchema } from '../../src/protocol';
import { startRunner } from '../../src/service/runner';
import { badLines, gated } from './support/analyzers';
import { form, MemoryLog, startService, until, writeTree } from './support/service';
import { patience } from '../support/patience.mjs';

/** The full count with CODEAGENT_FULL=1; enough to notice otherwise. */
const rounds = process.env['CODEAGENT_FULL'] ? 100 : 8;
const childFolder = process.env['CODEAGENT_TEST_RUNNER'];

async function runChild(folder: string): Promise<void> {
  const gate = gated();
  const { url } = await startRunner({
    storage: join(folder, 'storage'),
    roots: [join(folder, 'root')],
    analyzers: [badLines(), gate.analyzer],
    log: new MemoryLog(),
    version: '1',
    concurrency: 3,
  });
  process.send?.({ url });
}

function tests(): void {
  let folder: string;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-crash-'));
    const files = Array.from({ length: 30 }, (_, n) => [`f${n}.js`, 'BAD\nok\n'.repeat(20)]);
    await writeTree(join(folder, 'root'), Object.fromEntries(files) as Record<string, string>);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  const start = async () => {
    const child = fork(__filename, { env: { ...process.env, CODEAGENT_TEST_RUNNER: folder }, execArgv: [] });
    children.push(child);
    const url = await new Promise<string>((resolve, reject) => {
      child.once('message', (message: { url: string }) => resolve(message.url));
      child.once('exit', (code) => reject(new Error(`The runner ended with ${code ?? 'a signal'}`)));
    });
    return { child, url };
  };
  const kill = async (child: ChildProcess) => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  const list = async (url: string) => jobList.parse(await (await fetch(`${url}/jobs?limit=500`)).json()).jobs;

  it(`survives kill -9 at a random moment, ${rounds} times`, async function () {
    this.timeout(patience(rounds * 10_000));
    const completed = new Map<string, string>();
    const accepted = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      const { child, url } = await start();
      const look = async () => {
        for (const job of await list(url))
          if (job.status === 'completed') completed.set(job.job_id, JSON.stringify(job));
      };
      const work = (async () => {
        for (let number = 0; ; number += 1) {
          const fields = { path: join(folder, 'root'), analyzers: number % 4 === 3 ? 'bad,gated' : 'bad' };
          const answer = await fetch(`${url}/analyze-async`, { method: 'POST', body: form(fields) });
          accepted.add(((await answer.json()) as { job_id: string }).job_id);
          await look();
          if (number > 20) return;
        }
      })().catch((error: unknown) => assert.ok(error instanceof TypeError, String(error)));
      // Every second time, some have certainly ended, and one of those that never end is in progress.
      if (round % 2 === 0) {
        const [ended, taken] = [completed.size, accepted.size];
        await until(async () => {
          // All may have been submitted before the first has ended.
          await look();
          return completed.size > ended && accepted.size >= taken + 4;
        }, patience(40_000));
      }
      await new Promise((resolve) => setTimeout(resolve, randomInt(5, 300)));
      await kill(child);
      await work;
    }
    const { url } = await start();
    const jobs = new Map((await list(url)).map((job) => [job.job_id, job]));
    for (const id of accepted) assert.ok(jobs.has(id) || jobs.size >= 200, id);
    for (const job of jobs.values()) {
      assert.ok(isTerminal(job.status), job.status);
      if (job.status === 'failed') assert.equal(job.error, 'interrupted');
      const before = completed.get(job.job_id);
      if (before !== undefined) assert.equal(JSON.stringify(job), before);
      if (job.status !== 'completed') continue;
      const report = reportSchema.parse(await (await fetch(`${url}/reports/${job.job_id}`)).json());
      assert.equal(report.files.length, 30);
    }
    await everyFileParses();
    assert.ok(completed.size > 0 && [...jobs.values()].some((job) => job.status === 'failed'));
    assert.deepEqual((await readdir(join(folder, 'storage/runners'))).length, 1);
  });

  async function everyFileParses(): Promise<void> {
    const jobs = join(folder, 'storage/jobs');
    for (const path of await readdir(jobs, { recursive: true })) {
      if (!path.includes('/')) continue;
      assert.match(path, /\/(job\.json|report\.json|events\.ndjson|log\.txt)$/);
      const text = await readFile(join(jobs, path), 'utf8');
      if (path.endsWith('.json')) JSON.parse(text);
      if (path.endsWith('.ndjson')) for (const line of text.split('\n')) if (line !== '') JSON.parse(line);
    }
  }

  it('lets two runners share a storage folder, and takes over from the one that dies', async () => {
    const first = await start();
    const second = await start();
    const submit = async (url: string, analyzers: string) => {
      const body = form({ path: join(folder, 'root'), analyzers });
      return ((await (await fetch(`${url}/analyze-async`, { method: 'POST', body })).json()) as { job_id: string })
        .job_id;
    };
    const one = await submit(first.url, 'gated');
    const two = await submit(second.url, 'gated');
    const statusAt = async (url: string, id: string) =>
      jobSchema.parse(await (await fetch(`${url}/jobs/${id}`)).json());
    await until(async () => (await statusAt(second.url, one)).status === 'running');
    assert.equal((await fetch(`${second.url}/jobs/${one}`, { method: 'DELETE' })).status, 409);
    const stream = fetch(`${second.url}/events/${one}`).then((answer) => answer.text());
    await kill(first.child);
    assert.match(await stream, /"error":"interrupted"/);
    assert.equal((await statusAt(second.url, one)).error, 'interrupted');
    assert.equal((await statusAt(second.url, two)).status, 'running');
    assert.equal((await list(second.url)).length, 2);
  });

  it('reports and skips half-written and foreign files', async () => {
    const storage = join(folder, 'storage');
    const half = 'aaaaaaaa-0000-4000-8000-000000000001';
    await writeTree(join(storage, 'jobs'), {
      [`${half}/job.json`]: '{"version":1,"own',
      'aaaaaaaa-0000-4000-8000-000000000002/job.json': '{"version":99}',
      'aaaaaaaa-0000-4000-8000-000000000003/notes.txt': 'hello',
      'not-a-job/x': '',
      'file.txt': '',
    });
    await writeFile(join(storage, 'config.json'), 'broken');
    await writeFile(join(storage, 'speeds.json'), '[]');
    await mkdir(join(storage, 'runners'));
    await writeFile(join(storage, 'runners', `${half}.json`), '}');
    const service = await startService({ analyzers: [badLines()], storage, tree: { 'a.js': 'BAD' } });
    assert.deepEqual(await list(service.url), []);
    assert.equal((await service.ended(await service.submit({ path: service.root }))).status, 'completed');
    const skipped = service.log.lines.filter((line) => line.startsWith('warn Skipped'));
    assert.ok(skipped.some((line) => line.includes(half)) && skipped.some((line) => line.includes('config.json')));
    await service.close();
  });

  it('keeps the configured number of jobs, and none that are too old', async () => {
    const storage = join(folder, 'storage');
    const service = await startService({ analyzers: [badLines()], storage, tree: { 'a.js': 'BAD' } });
    const ids: string[] = [];
    for (let number = 0; number < 5; number += 1) ids.push(await service.submit({ path: service.root }));
    for (const id of ids) await service.ended(id);
    await service.close();
    const few = await startService({ analyzers: [], storage, retention: { maxJobs: 2, maxAgeDays: 1 } });
    // It answers before it has removed them.
    const left = async () => (await readdir(join(storage, 'jobs'))).toSorted().join();
    await until(async () => (await left()) === ids.slice(3).toSorted().join());
    await few.close();
    const none = await startService({ analyzers: [], storage, retention: { maxJobs: 2, maxAgeDays: 0 } });
    await until(async () => (await left()) === '');
    await none.close();
  });
}

if (childFolder === undefined) describe('the storage of the scan service', tests);
else void runChild(childFolder);
