import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { errorBody, isTerminal, type Job } from '../../src/protocol';
import { analyzer, badLines, found, gated } from './support/analyzers';
import { form, startService, until, type TestService } from './support/service';

/** Whether a small file system can be mounted here: only root may. */
const canMount = (() => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('the scan service on a full or read-only disk', function () {
  let disk: string;
  let service: TestService;
  let gate = gated('slow');
  let ended: string;
  let waiting: string;

  before(async function () {
    if (!canMount) this.skip();
    disk = await mkdtemp(join(tmpdir(), 'codeagent-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk]);
  });
  const remount = (how: 'ro' | 'rw') => {
    try {
      execFileSync('mount', ['-o', `remount,${how}`, disk], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };
  after(async () => {
    if (!canMount) return;
    gate.open();
    await service.close();
    execFileSync('umount', [disk]);
    await rm(disk, { recursive: true });
  });

  const many = analyzer('many', async (run) => {
    await gate.analyzer.analyze(run);
    run.issues(Array.from({ length: 100 }, (_, n) => found('a.js', n + 1, { message: 'm'.repeat(1000) })));
  });
  const start = async () => {
    gate = gated('slow');
    service = await startService({
      analyzers: [badLines(), many],
      tree: { 'a.js': 'BAD' },
      storage: join(disk, 'storage'),
      webhooks: true,
      concurrency: 1,
    });
    await service.get('/config/analyzers', { method: 'PATCH', body: '{"defaults":["bad"]}' });
    ended = await service.submit({ path: service.root, analyzers: 'bad' });
    await service.ended(ended);
  };
  const zip = () => new Blob([new Uint8Array(zipSync({ 'a.js': strToU8('BAD'.repeat(1000)) }, { level: 0 }))]);

  /** Every way to change something, each rejected with a reason. */
  const refusesAll = async (why: RegExp) => {
    const posts: [string, RequestInit][] = [
      ['/analyze-async', { method: 'POST', body: form({ path: service.root }) }],
      ['/analyze', { method: 'POST', body: form({ path: service.root }) }],
      ['/analyze-async', { method: 'POST', body: form({ file: zip() }) }],
      [`/jobs/${ended}/rerun`, { method: 'POST' }],
      [`/jobs/${ended}/retry`, { method: 'POST' }],
      [`/jobs/${waiting}`, { method: 'DELETE' }],
      ['/config/analyzers', { method: 'PATCH', body: '{"defaults":["bad"]}' }],
      [
        '/webhooks/register',
        { method: 'POST', body: JSON.stringify({ url: 'https://192.0.9.9/', secret: 's'.repeat(16) }) },
      ],
    ];
    for (const [path, init] of posts) {
      const answer = await service.get(path, init);
      const text = await answer.text();
      assert.equal(answer.status, 503, `${init.method ?? ''} ${path}: ${text}`);
      const { error } = errorBody.parse(JSON.parse(text));
      assert.equal(error.code, 'UNAVAILABLE');
      assert.match(error.message, why);
    }
    // Existing data can still be read.
    for (const path of ['/health', '/jobs', `/jobs/${ended}`, `/reports/${ended}`, `/events/${ended}`, '/reports'])
      assert.equal((await service.get(path)).status, 200, path);
    assert.deepEqual(
      service.log.lines.filter((line) => line.startsWith('error') && !line.includes('Cannot store job')),
      [],
    );
  };
  const isWhole = async () => {
    for (const name of await readdir(join(service.storage, 'jobs'))) {
      const folder = join(service.storage, 'jobs', name);
      assert.ok((await readdir(folder)).every((file) => !file.endsWith('.tmp')));
      JSON.parse(await readFile(join(folder, 'job.json'), 'utf8'));
      for (const line of (await readFile(join(folder, 'events.ndjson'), 'utf8')).split('\n'))
        if (line !== '') JSON.parse(line);
    }
    assert.deepEqual(await readdir(join(service.storage, 'work')).then((all) => all.length), 1);
  };

  it('reports that it is full, ends running jobs with that reason, and leaves nothing half-written', async () => {
    await start();
    const running = await service.submit({ path: service.root, analyzers: 'many' });
    await until(() => gate.runs.length > 0);
    waiting = await service.submit({ path: service.root, analyzers: 'many' });
    const filler = join(disk, 'filler');
    await writeFile(filler, Buffer.alloc(8 << 20)).catch(() => undefined);
    await refusesAll(/the disk is full \(ENOSPC\)/);
    assert.equal((await service.job(waiting)).status, 'failed');
    gate.open();
    const job = await service.ended(running);
    assert.equal(job.status, 'failed');
    assert.match(job.error ?? '', /could not be stored: the disk is full \(ENOSPC\)/);
    await isWhole();

    await rm(filler);
    const after = await service.submit({ path: service.root });
    assert.equal((await service.ended(after)).status, 'completed');
    // What the disk rejected then is stored in the end.
    await service.runner.close();
  });

  it('reports the true outcome of those jobs after a restart', async () => {
    const again = await startService({ analyzers: [badLines(), many], storage: service.storage });
    const { jobs } = (await (await again.get('/jobs')).json()) as {
      jobs: Job[];
    };
    assert.ok(jobs.every(({ status }) => isTerminal(status)));
    const failed = jobs.filter(({ status }) => status === 'failed');
    assert.equal(failed.length, 2);
    for (const { error } of failed) assert.match(error ?? '', /the disk is full/);
    await again.runner.close();
    await rm(again.storage, { recursive: true });
  });

  it('says that it is read-only', async () => {
    await start();
    const running = await service.submit({ path: service.root, analyzers: 'many' });
    await until(() => gate.runs.length > 0);
    waiting = await service.submit({ path: service.root, analyzers: 'many' });
    // Refused while a file is being written.
    await until(() => remount('ro'));
    try {
      await refusesAll(/the disk is read-only \(EROFS\)/);
      gate.open();
      const job = await service.ended(running);
      assert.equal(job.status, 'failed');
      assert.match(job.error ?? '', /the disk is read-only \(EROFS\)/);
    } finally {
      remount('rw');
    }
  });
});
