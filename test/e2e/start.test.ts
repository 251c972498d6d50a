import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { chromium } from 'playwright-core';
import { browserArguments } from '../support/browser.mjs';
import { patience } from '../support/patience.mjs';
import { root } from '../support/repo.mjs';
import { findChromium } from '../support/setup.mjs';
import { processes, type Process } from './support/processes';
import { waitFor } from './support/wait';

/** `npm start`, up to the line with the address. */
interface Started {
  readonly npm: ChildProcess;
  readonly url: string;
  /** Everything that npm started, directly or indirectly. */
  readonly started: () => Process[];
}

/** Each way to end it: the signal, sent to npm alone or, like a terminal does, to its whole process group. */
const endings = [
  { how: 'Ctrl-C', signal: 'SIGINT', group: true },
  { how: 'a terminal that is closed', signal: 'SIGHUP', group: true },
  { how: 'SIGTERM to npm', signal: 'SIGTERM', group: false },
  { how: 'SIGKILL to npm', signal: 'SIGKILL', group: false },
] as const;

describe('npm start', function () {
  this.timeout(patience(120_000));
  const running: ChildProcess[] = [];
  after(() => {
    for (const { pid } of running) {
      try {
        if (pid !== undefined) process.kill(-pid, 'SIGKILL');
      } catch {
        // As expected: it no longer exists.
      }
    }
  });

  async function start(...args: string[]): Promise<Started> {
    const { DISPLAY: _, WAYLAND_DISPLAY: _w, ...env } = process.env;
    const npm = spawn('npm', ['start', '--silent', '--', '--browser', ...args], { cwd: root, env, detached: true });
    running.push(npm);
    let said = '';
    for (const stream of [npm.stdout, npm.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const url = await waitFor(
      'the address',
      () => {
        assert.equal(npm.exitCode, null, said);
        return /^Ready after .* s: (http:\/\/127\.0\.0\.1:\S+)$/m.exec(said)?.[1];
      },
      patience(60_000),
    );
    return { npm, url, started: () => below(npm.pid ?? 0) };
  }

  function below(pid: number): Process[] {
    const all = processes();
    const family = new Set([pid]);
    for (let size = -1; size !== family.size;) {
      size = family.size;
      for (const one of all) if (family.has(one.parent)) family.add(one.pid);
    }
    return all.filter((one) => family.has(one.pid));
  }

  async function end({ npm, started }: Started, signal: NodeJS.Signals, group: boolean): Promise<void> {
    const before = started();
    assert.ok(
      before.some(({ command }) => command.includes('server-main.js')),
      'VS Code is not among what npm started',
    );
    process.kill(group ? -(npm.pid ?? 0) : (npm.pid ?? 0), signal);
    await waitFor('all of it to end', () => {
      const now = new Map(processes().map(({ pid, command }) => [pid, command]));
      // A zombie no longer has a command line.
      const left = before.filter(({ pid, command }) => now.get(pid) === command);
      return left.length === 0;
    });
  }

  for (const { how, signal, group } of endings)
    it(`leaves nothing running after ${how}`, async () => end(await start(), signal, group));

  it('opens a window that shows the extension, and closes it', async () => {
    const served = await start();
    const executablePath = findChromium();
    if (executablePath === undefined) throw new Error('No browser: run node test/support/setup.mjs');
    const browser = await chromium.launch({ executablePath, args: browserArguments });
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(patience(30_000));
      await page.goto(served.url);
      await page.locator('.sidebar').getByRole('button', { name: 'Scan Workspace' }).first().waitFor();
      await page.getByRole('tab', { name: 'Welcome' }).first().waitFor();
      await page.locator('.sidebar').getByRole('button', { name: 'Scan Workspace' }).first().click();
      await page.getByRole('tree', { name: 'Findings' }).getByRole('treeitem').first().waitFor();
      assert.ok(served.started().some(({ command }) => command.includes('cli.js serve')));
      await end(served, 'SIGKILL', false);
    } finally {
      await browser.close();
    }
  });
});
