// From `git clone` to the first finding on screen, like someone who tries the product: `node bench/start.mjs [runs] [--cold]`. Prints the
// seconds of each step and the total CPU time. --cold: with an empty npm cache. Needs Chromium; it measures the commit, not the working
// tree.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { browserArguments } from '../test/support/browser.mjs';
import { root } from '../test/support/repo.mjs';
import { findChromium } from '../test/support/setup.mjs';

const runs = Number(process.argv.slice(2).find((argument) => /^\d+$/.test(argument)) ?? 3);
const cold = process.argv.includes('--cold');

/** Waits as long as it takes: a busy machine is slow, and the figures say so. */
const timeout = 15 * 60_000;

for (let run = 1; run <= runs; run += 1) {
  const folder = await mkdtemp(join(tmpdir(), 'codeagent-bench-start-'));
  try {
    console.log(
      `Run ${run} of ${runs}${cold ? ', npm cache empty' : ''}, load ${readFileSync('/proc/loadavg', 'utf8').split(' ')[0]}`,
    );
    await measure(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(folder) {
  const began = performance.now();
  const at = () => ((performance.now() - began) / 1000).toFixed(1);
  const tell = (what) => console.log(`${at().padStart(7)} s  ${what}`);
  const clone = join(folder, 'codeagent-scanner');
  const cloned = spawnSync('git', ['clone', '--quiet', root, clone], { stdio: 'inherit' });
  if (cloned.status !== 0) throw new Error('git clone failed');
  tell('cloned');
  const env = { ...process.env, ...(cold ? { npm_config_cache: join(folder, 'npm-cache') } : {}) };
  for (const name of ['DISPLAY', 'WAYLAND_DISPLAY', 'TERM_PROGRAM']) delete env[name];
  const start = spawn('npm', ['start', '--silent'], { cwd: clone, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => start.once('close', resolve));
  const browser = await chromium.launch({ executablePath: findChromium(), args: browserArguments });
  try {
    const url = await new Promise((resolve, reject) => {
      let said = '';
      start.stdout.setEncoding('utf8').on('data', (text) => {
        for (const line of text.split('\n').filter(Boolean)) tell(line);
        said += text;
        const [address] = /http:\/\/127\.0\.0\.1:\S+/.exec(said) ?? [];
        if (address !== undefined) resolve(address);
      });
      void ended.then((code) => reject(new Error(`npm start ended with ${code}`)));
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(timeout);
    await page.goto(url);
    const scan = page.locator('.sidebar').getByRole('button', { name: 'Scan Workspace' }).first();
    await scan.waitFor();
    tell('the window shows the CodeAgent view');
    await scan.click();
    await page.getByRole('tree', { name: 'Findings' }).getByRole('treeitem').first().waitFor();
    tell('first finding on screen');
    console.log(`${String(processorSeconds()).padStart(7)} s  of processor time, without the browser's`);
    await page.goto('about:blank');
  } finally {
    await browser.close();
    start.kill('SIGTERM');
    await ended;
  }
}

/** The CPU time used by this process's descendants, and their ended children, except the browser. In seconds. */
function processorSeconds() {
  const all = readdirSync('/proc').flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [, , parent, ...rest] = stat.slice(stat.lastIndexOf(')')).split(' ');
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      // utime, stime, cutime, cstime, in hundredths of a second.
      return [
        { pid: Number(pid), parent: Number(parent), name, ticks: rest.slice(9, 13).reduce((a, b) => a + Number(b), 0) },
      ];
    } catch {
      return []; // Ended, or no process.
    }
  });
  const below = new Set([process.pid]);
  for (let size = 0; size !== below.size;) {
    size = below.size;
    for (const { pid, parent, name } of all) if (below.has(parent) && !name.startsWith('chrom')) below.add(pid);
  }
  below.delete(process.pid);
  return Math.round(all.filter(({ pid }) => below.has(pid)).reduce((sum, { ticks }) => sum + ticks, 0) / 100);
}
