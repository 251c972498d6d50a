import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { errorCode } from '../../src/base/errors';
import { ownIdentity, type ProcessIdentity } from '../../src/base/liveness';
import type { Logger } from '../../src/base/logger';
import { RunnerProcess } from '../../src/client/runnerProcess';
import { watchJob } from '../../src/client/jobWatcher';
import { ScanClient } from '../../src/client/scanClient';
import { toolSettings } from '../../src/protocol';

const root = resolve(__dirname, '../../..');
const quiet: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('runner process', () => {
  let storage = '';
  let folder = '';
  const runners: RunnerProcess[] = [];
  const runner = ({ cli = join(root, 'dist/cli.js'), tools = toolSettings.parse({}) } = {}) => {
    const made = new RunnerProcess({ cli, storage, roots: () => [folder], tools: () => tools, log: quiet });
    runners.push(made);
    return made;
  };

  beforeEach(async () => {
    storage = await mkdtemp(join(tmpdir(), 'codeagent-runner-'));
    folder = await mkdtemp(join(tmpdir(), 'codeagent-folder-'));
  });
  afterEach(async () => {
    await Promise.all(runners.splice(0).map((each) => each.close()));
    await rm(storage, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  });

  it('starts on demand, answers, and is gone after close', async () => {
    const own = runner();
    assert.equal(await own.pid(), undefined);
    const [client, same] = await Promise.all([own.client(), own.client()]);
    assert.equal(client, same);
    assert.equal((await client.health()).status, 'ok');
    const pid = (await own.pid()) ?? 0;
    assert.ok(alive(pid));
    await own.close();
    assert.ok(!alive(pid));
    await assert.rejects(own.client(), (error) => errorCode(error) === 'RUNNER');
  });

  it('applies changed tool settings at the next call, but not while a job runs', async () => {
    let settings = toolSettings.parse({ custom: [{ id: 'slow', command: ['/bin/sleep', '600'] }] });
    const own = new RunnerProcess({
      ...{ cli: join(root, 'dist/cli.js'), storage, roots: () => [folder], log: quiet },
      tools: () => settings,
    });
    runners.push(own);
    const client = await own.client();
    assert.ok((await client.tools()).details?.some(({ id }) => id === 'slow'));
    assert.equal(await own.client(), client);
    await writeFile(join(folder, 'a.py'), '');
    const { job_id } = await client.submit({ source: { kind: 'path', path: folder }, analyzers: ['slow'] });
    settings = toolSettings.parse({});
    assert.equal(await own.client(), client);
    await client.cancel(job_id);
    while ((await client.job(job_id)).status !== 'canceled') await new Promise((done) => setImmediate(done));
    const [other, same] = await Promise.all([own.client(), own.client()]);
    assert.notEqual(other, client);
    assert.equal(other, same);
    assert.ok(!(await other.tools()).details?.some(({ id }) => id === 'slow'));
  });

  it('rejects requests without the token', async () => {
    const client = await runner().client();
    const answer = await fetch(`${client.url}/jobs`);
    assert.equal(answer.status, 401);
  });

  it('reports that it was killed, and starts another that knows the job was interrupted', async () => {
    for (let i = 0; i < 400; i += 1) await writeFile(join(folder, `f${i}.py`), 'import os\nos.system(x)\n'.repeat(200));
    const own = runner();
    const client = await own.client();
    const { job_id } = await client.submit({ source: { kind: 'path', path: folder } });
    const pid = (await own.pid()) ?? 0;
    const told = new Promise<boolean>((resolve) => own.onExit((exit) => resolve(exit.expected)));
    process.kill(pid, 'SIGKILL');
    assert.equal(await told, false);
    await until(() => !alive(pid));
    const next = await own.client();
    assert.notEqual(await own.pid(), pid);
    const job = await next.job(job_id);
    assert.equal(job.status, 'failed');
    assert.equal(job.error, 'interrupted');
  });

  it('says why a runner does not start', async () => {
    const broken = join(folder, 'broken.js');
    await writeFile(broken, 'process.exit(7);\n');
    await assert.rejects(runner({ cli: broken }).client(), /did not start: it ended with code 7/);
  });

  it('starts once the obstacle is gone', async () => {
    const file = join(folder, 'later.js');
    await writeFile(file, 'process.exit(7);\n');
    const own = runner({ cli: file });
    await assert.rejects(own.client(), /ended with code 7/);
    await writeFile(
      file,
      `process.argv[1] = ${JSON.stringify(join(root, 'dist/cli.js'))};\nrequire(process.argv[1]);\n`,
    );
    assert.equal((await (await own.client()).health()).status, 'ok');
    await own.close();
    // Starting can fail before there is a process, too.
    const unusable = new RunnerProcess({
      ...{ cli: join(root, 'dist/cli.js'), storage: join(file, 'no-folder'), roots: () => [folder], log: quiet },
      tools: () => toolSettings.parse({}),
    });
    runners.push(unusable);
    await assert.rejects(unusable.client());
    await rm(file);
    assert.equal((await (await unusable.client()).health()).status, 'ok');
  });

  it('ends when the process that started it is gone', async () => {
    const { fork } = await import('node:child_process');
    const child = fork(join(root, 'dist/cli.js'), ['serve', '--storage', storage, '--root', folder], {
      stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
      env: { PATH: process.env['PATH'], CODEAGENT_TOKEN: 'a'.repeat(32) },
    });
    assert.ok(child.stdout);
    await once(child.stdout, 'data');
    child.disconnect();
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.equal(code, 0);
  });

  /** Starts a job that takes a while, in a runner that waits for less time than usual. */
  async function leftAlone(lingerMs: number) {
    const { fork } = await import('node:child_process');
    await writeFile(join(folder, 'a.py'), '');
    const tools = join(storage, 'slow.json');
    await writeFile(tools, JSON.stringify({ custom: [{ id: 'slow', command: ['/bin/sleep', '600'] }] }));
    const token = 'a'.repeat(32);
    const args = ['serve', '--storage', storage, '--root', folder, '--tools', tools];
    const child = fork(join(root, 'dist/cli.js'), args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { PATH: process.env['PATH'], CODEAGENT_TOKEN: token, CODEAGENT_LINGER_MS: String(lingerMs) },
      detached: true,
    });
    assert.ok(child.stdout && child.pid !== undefined);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { url, process: identity } = JSON.parse(line.toString()) as { url: string; process: ProcessIdentity };
    const client = new ScanClient({ url, token: () => Promise.resolve(token), log: quiet });
    const { job_id } = await client.submit({ source: { kind: 'path', path: folder }, analyzers: ['slow'] });
    while ((await client.job(job_id)).status !== 'running') await new Promise((done) => setImmediate(done));
    return {
      child,
      client,
      job_id,
      left: { process: identity, url, token, cli: join(root, 'dist/cli.js'), roots: [folder], settingsHash: '' },
    };
  }

  it('waits with a running job for another window, and ends if none comes', async () => {
    const { child } = await leftAlone(300);
    const exited = once(child, 'exit');
    child.disconnect();
    child.stdout?.destroy();
    child.stderr?.destroy();
    assert.deepEqual(await exited, [0, null]);
    const job = (await (await runner().client()).jobs({ limit: 1 }))[0];
    assert.deepEqual([job?.status, job?.error], ['failed', 'interrupted']);
  });

  it('is found again by the next window, with its job', async () => {
    const { child, job_id, left } = await leftAlone(30_000);
    await writeFile(join(storage, 'runner.json'), JSON.stringify(left));
    child.disconnect();
    const next = runner();
    const client = await next.client();
    assert.equal(await next.pid(), child.pid);
    assert.equal((await client.job(job_id)).status, 'running');
    const told = new Promise<boolean>((resolve) => next.onExit((exit) => resolve(exit.expected)));
    process.kill(left.process.pid, 'SIGKILL');
    assert.equal(await told, false, 'its end is noticed although it is not a child');
    assert.notEqual(await (await next.client(), next.pid()), child.pid);
  });

  it('is left to the next window while a job runs, and ended otherwise', async () => {
    await writeFile(join(folder, 'a.py'), '');
    const end = join(storage, 'end');
    const script = `while [ ! -e "$0" ]; do sleep 0.1; done; echo '{"version":"2.1.0","runs":[]}'`;
    const tools = toolSettings.parse({ custom: [{ id: 'waiting', command: ['/bin/sh', '-c', script, end] }] });
    const first = runner({ tools });
    const client = await first.client();
    const pid = (await first.pid()) ?? 0;
    const { job_id } = await client.submit({ source: { kind: 'path', path: folder }, analyzers: ['waiting'] });
    await first.release();
    assert.ok(alive(pid));
    const second = runner({ tools });
    const again = await second.client();
    assert.equal(await second.pid(), pid);
    await writeFile(end, '');
    await watchJob(again, job_id, {
      ...{ job: () => undefined, log: () => undefined, findings: () => undefined },
      ...{ connection: () => undefined, lost: () => undefined },
    }).done;
    assert.equal((await again.job(job_id)).status, 'completed');
    await second.release();
    // It is a child of this process, whose end Node has not reported yet.
    await until(() => !alive(pid));
  });

  it('does not adopt a runner that has ended, has another version, or is not its own', async () => {
    const bogus = {
      process: ownIdentity(),
      settingsHash: '',
      url: 'http://127.0.0.1:9',
      token: 'x',
      cli: join(root, 'dist/cli.js'),
      roots: [],
    };
    const later = { ...bogus, process: { ...bogus.process, started: 'another start' } };
    for (const text of ['', '{', ...[bogus, later, { ...bogus, cli: '/other' }].map((one) => JSON.stringify(one))]) {
      await writeFile(join(storage, 'runner.json'), text);
      const own = runner();
      assert.equal((await (await own.client()).health()).status, 'ok');
      assert.notEqual(await own.pid(), process.pid);
      await own.close();
    }
  });
});
