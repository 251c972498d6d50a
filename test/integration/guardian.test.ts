import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { until } from './support/service';

const cli = resolve(__dirname, '../../../dist/cli.js');

describe('a command that is killed', () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  before(async function () {
    // Its tool is a shell script.
    if (process.platform === 'win32') this.skip();
    folder = await realpath(await mkdtemp(join(tmpdir(), 'codeagent-killed-')));
    for (const name of ['tmp', 'src']) await (await import('node:fs/promises')).mkdir(join(folder, name));
    env = { PATH: process.env['PATH'], HOME: folder, TMPDIR: join(folder, 'tmp'), CODEAGENT_TOKEN: 'x' };
    await writeFile(join(folder, 'src', 'a.py'), 'import os\nos.system(x)\n');
    const tool = join(folder, 'tool');
    // Its child survives SIGTERM, and reports that it exists.
    await writeFile(tool, `#!/bin/sh\n(trap '' TERM HUP; echo $$ >> ${folder}/pids; sleep 600) &\nsleep 600\n`);
    await chmod(tool, 0o755);
    const settings = { custom: [{ id: 'slow', command: [tool, '${output}'] }] };
    await writeFile(join(folder, 'tools.json'), JSON.stringify(settings));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => rm(join(folder, 'pids'), { force: true }));

  const run = (...args: string[]) =>
    spawn(process.execPath, [cli, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] });
  /** Processes with our folder in their command line, or a guardian of ours. */
  const left = async () => {
    const found: string[] = [];
    for (const pid of await readdir('/proc')) {
      if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const tmp = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      if (tmp.includes(`TMPDIR=${folder}/tmp`) && line !== '') found.push(line.replaceAll('\0', ' '));
    }
    return found;
  };
  const toolRuns = () =>
    until(async () => (await readFile(join(folder, 'pids'), 'utf8').catch(() => '')) !== '', 20_000);
  const kill = async (child: ChildProcess) => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };

  it('leaves no process, and leaves its temporary folders to the next command', async function () {
    if (process.platform !== 'linux') this.skip();
    const child = run('scan', 'src', '--tools', 'tools.json', '--analyzers', 'slow,ruff');
    await toolRuns();
    assert.notDeepEqual(await readdir(join(folder, 'tmp')), []);
    await kill(child);
    await until(async () => (await left()).length === 0, 10_000).catch(async (error: unknown) => {
      throw new Error(`left: ${(await left()).join('; ')}`, { cause: error });
    });
    assert.notDeepEqual(await readdir(join(folder, 'tmp')), []);
    const next = run('scan', 'src', '--analyzers', 'ruff');
    next.stdout.resume();
    assert.deepEqual(await once(next, 'exit'), [0, null]);
    assert.deepEqual(await readdir(join(folder, 'tmp')), []);
    assert.deepEqual(await left(), []);
  });

  it('has its jobs reported as interrupted by the next start', async function () {
    if (process.platform !== 'linux') this.skip();
    const start = async () => {
      const child = run('serve', '--storage', 'storage', '--root', 'src', '--tools', 'tools.json');
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      return { child, url: (JSON.parse(line.toString()) as { url: string }).url };
    };
    const headers = { authorization: 'Bearer x' };
    const first = await start();
    const body = new FormData();
    body.set('path', join(folder, 'src'));
    body.set('analyzers', 'slow');
    const answer = await fetch(`${first.url}/analyze-async`, { method: 'POST', headers, body });
    const { job_id } = (await answer.json()) as { job_id: string };
    await toolRuns();
    await kill(first.child);
    await until(async () => (await left()).length === 0, 10_000).catch(async (error: unknown) => {
      throw new Error(`left: ${(await left()).join('; ')}`, { cause: error });
    });
    const second = await start();
    const job = (await (await fetch(`${second.url}/jobs/${job_id}`, { headers })).json()) as Record<string, unknown>;
    assert.deepEqual([job['status'], job['error']], ['failed', 'interrupted']);
    const gone = once(second.child, 'exit');
    second.child.kill('SIGTERM');
    assert.deepEqual(await gone, [0, null]);
    assert.deepEqual(await left(), []);
    assert.deepEqual(await readdir(join(folder, 'tmp')), []);
  });
});
