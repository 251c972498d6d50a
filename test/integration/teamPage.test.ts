import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page, type Request } from 'playwright-core';
import { teamPage } from '../../src/commandLine/teamPage';
import { abortReason } from '../../src/base/abort';
import type { Issue } from '../../src/protocol';
import { browserArguments } from '../support/browser.mjs';
import { patience } from '../support/patience.mjs';
import { root as repository } from '../support/repo.mjs';
import { findChromium } from '../support/setup.mjs';
import { violations } from '../e2e/support/axe';
import { analyzer, found } from './support/analyzers';
import { MemoryLog, startService, until, type TestService } from './support/service';
import { openEntrance, putJobs, startLargeService, type Entrance, type PastJob } from './support/teamServer';

const token = 'a-token-for-the-tests';
const dayMs = 24 * 60 * 60_000;
const hostile = '<img src=x onerror=window.hacked=1>';

const issue = (file: string, line: number, more: Partial<Issue>): Issue => ({ ...found(file, line), ...more });
const shopIssues = [
  issue('src/orders.py', 3, { title: 'SQL injection', severity: 'critical', rule_id: 'py-sql', cwe: ['CWE-89'] }),
  issue('src/orders.py', 9, { title: 'Weak hash', severity: 'medium', rule_id: 'py-md5', cwe: ['CWE-327'] }),
  issue('web/page.js', 1, { title: 'Open redirect', severity: 'medium', rule_id: 'js-redirect', cwe: ['CWE-601'] }),
  issue('web/page.js', 7, { title: 'Debug mode', severity: 'low', rule_id: 'js-debug', message: 'Prints secrets.' }),
];

describe('the team page', function () {
  this.timeout(patience(60_000));

  let entrance: Entrance;
  /** The node that runs submitted jobs, and another one on the same storage. */
  let service: TestService;
  let other: TestService;
  let folder: string;
  let large: Awaited<ReturnType<typeof startLargeService>>;
  let shop = '';
  let browser: Browser;
  let tab: Page;
  const problems: string[] = [];
  const requests: Request[] = [];
  /** Jobs of the analyzer below, which stay in progress until they are released. */
  const waiting = new Set<() => void>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-team-'));
    const storage = join(folder, 'storage');
    const now = Date.now();
    const shopAt = (days: number, issues: readonly Issue[]): PastJob => ({
      label: 'shop',
      at: now - days * dayMs,
      issues,
    });
    const [first = ''] = await putJobs(storage, [
      shopAt(1, shopIssues),
      shopAt(9, [...shopIssues, ...shopIssues.map((one) => ({ ...one, line: one.line + 100 }))]),
      { label: 'docs', at: now - 2 * dayMs, issues: [] },
      { label: 'broken', at: now - 3 * dayMs, status: 'failed', error: 'Failed to clone repository: no such host.' },
    ]);
    shop = first;
    entrance = await openEntrance();
    const page = await teamPage(join(repository, 'dist'), new MemoryLog());
    large = await startLargeService(page, 10_000);
    const slow = analyzer('slow', async (run) => {
      run.log('info', `Reading ${hostile}`);
      run.issues([
        found(run.files[0]?.path ?? '', 1, {
          title: hostile,
          message: `${hostile} happened`,
          suggestion: hostile,
          rule_id: hostile,
          cwe: [hostile],
          snippet: `</pre>${hostile}`,
          help_url: 'javascript:window.hacked=1',
        }),
      ]);
      await new Promise<void>((resolve, reject) => {
        const go = () => {
          waiting.delete(go);
          resolve();
        };
        waiting.add(go);
        run.signal.addEventListener('abort', () => reject(abortReason(run.signal)), { once: true });
      });
    });
    const options = {
      ...{ analyzers: [slow], storage, token, page, allowHosts: [entrance.host] },
    };
    service = await startService({ ...options, tree: { [`${hostile}/a.js`]: 'x' } });
    other = await startService(options);
    entrance.to(service.url);
    const executablePath = findChromium();
    browser = await chromium.launch({ ...(executablePath && { executablePath }), args: browserArguments });
    tab = await browser.newPage();
    tab.setDefaultTimeout(patience(15_000));
    tab.on('pageerror', (error) => problems.push(error.message));
    tab.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) problems.push(message.text());
    });
    tab.on('request', (request) => requests.push(request));
  });

  after(async () => {
    for (const go of waiting) go();
    await browser.close();
    await entrance.close();
    await service.close();
    await other.close();
    large.close();
    await rm(folder, { recursive: true, force: true });
  });

  afterEach(() => {
    assert.deepEqual(problems.splice(0), []);
  });

  const open = (hash: string) => tab.goto(`${entrance.url}/${hash}`);
  const heading = (name: string) => tab.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  const ends = (state: string) => tab.locator('.current', { hasText: state }).waitFor();
  const submit = async () => {
    const before = waiting.size;
    const id = await service.submit({ path: join(service.root, hostile), labels: hostile });
    await until(() => waiting.size > before);
    return id;
  };
  /** What is wrong with the page as it is: in both color schemes, and where it is wider than a narrow window. */
  const faults = async () => {
    const all: string[] = [];
    for (const colorScheme of ['dark', 'light'] as const) {
      await tab.emulateMedia({ colorScheme });
      all.push(...(await violations(tab.mainFrame())).map((one) => `${colorScheme}: ${one}`));
    }
    const normal = { width: 1280, height: 720 };
    for (const width of [300, 1600]) {
      await tab.setViewportSize({ width, height: 720 });
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) all.push(`${wide} px wide in a window of ${width} px`);
    }
    await tab.setViewportSize(normal);
    return all;
  };

  it('asks for the token, rejects a wrong one, and keeps the right one for this tab only', async () => {
    const answer = await open('#/scans');
    assert.match(answer?.headers()['content-security-policy'] ?? '', /default-src 'none'; script-src 'self'/);
    await heading('Sign in');
    assert.deepEqual(await faults(), []);
    for (const wrong of ['wrong', 'not för a header']) {
      await tab.getByLabel('Token').fill(wrong);
      await tab.keyboard.press('Enter');
      await tab.getByText('The service does not accept this token.').waitFor();
    }
    assert.deepEqual(await faults(), []);
    await tab.getByLabel('Token').fill(token);
    await tab.keyboard.press('Enter');
    await heading('Scans');
    const kept = await tab.evaluate(() => [
      sessionStorage.getItem('codeagent.token'),
      sessionStorage.length,
      localStorage.length,
      document.cookie,
    ]);
    assert.deepEqual(kept, [token, 1, 0, '']);
    assert.deepEqual(await tab.context().cookies(), []);
    assert.ok(requests.every((request) => !request.url().includes(token)));
    await tab.reload();
    await heading('Scans');
  });

  it('asks again when the token is no longer accepted, and when the user signs out', async () => {
    await tab.evaluate(() => sessionStorage.setItem('codeagent.token', 'revoked'));
    await tab.reload();
    await tab.getByText('The service no longer accepts your token.').waitFor();
    assert.equal(await tab.evaluate(() => sessionStorage.length), 0);
    const enter = async () => {
      await tab.getByLabel('Token').fill(token);
      await tab.getByRole('button', { name: 'Sign In' }).click();
      await heading('Scans');
    };
    await enter();
    await tab.getByRole('button', { name: 'Sign Out' }).click();
    await heading('Sign in');
    assert.equal(await tab.evaluate(() => sessionStorage.length), 0);
    await enter();
  });

  it('shows ten thousand scans a page at a time', async () => {
    await tab.goto(`${large.url}/#/scans`);
    const rows = tab.locator('.job-row');
    await tab.getByText(/^Page 1 of 200 · 10,000 scans$/).waitFor();
    assert.equal(await rows.count(), 50);
    assert.equal(await rows.first().locator('a').textContent(), 'bulk-0');
    await tab.getByRole('button', { name: 'Last' }).click();
    await tab.getByText(/^Page 200 of 200/).waitFor();
    assert.equal(await rows.last().locator('a').textContent(), 'bulk-39');
    await tab.getByRole('searchbox', { name: 'Search scans' }).fill('BULK-7.git');
    await tab.getByText(/^Page 1 of 4 · 167 scans$/).waitFor();
    assert.ok((await rows.allTextContents()).every((text) => text.startsWith('bulk-7')));
    await tab.getByRole('searchbox', { name: 'Search scans' }).fill('no such scan');
    await tab.getByText('No scan matches the filter.').waitFor();
    await tab.getByRole('searchbox', { name: 'Search scans' }).fill('');
    await tab.getByText(/^Page 1 of 200/).waitFor();
    assert.equal(await rows.count(), 50);
    assert.ok((await tab.locator('*').count()) < 1500);
    await tab.goto(`${large.url}/#/`);
    await tab.getByText('Open findings in the latest scan of 60 repositories.').waitFor();
    await until(async () => (await tab.locator('.project-row').count()) === 25);
  });

  it('shows the worst repositories first, with what is open in their latest scans, and the trend', async () => {
    await open('#/');
    const rows = tab.locator('.project-row');
    await until(async () => (await rows.count()) === 3);
    assert.deepEqual(await rows.locator('.row-name').allTextContents(), ['shop', 'docs', 'broken']);
    assert.match((await rows.first().textContent()) ?? '', /^shop1 critical2 medium1 low/);
    await tab.getByText('Open findings in the latest scan of 3 repositories.').waitFor();
    assert.deepEqual(await tab.locator('.tiles dd').allTextContents(), ['1', '0', '2', '1']);
    const columns = tab.locator('.trend .column');
    await until(async () => (await columns.count()) === 30);
    const titles = await columns.evaluateAll((all) => all.map((one) => (one as HTMLElement).title));
    assert.match(titles[0] ?? '', /not scanned yet$/);
    assert.match(titles.at(-4) ?? '', /2 critical, 4 medium, 2 low$/);
    assert.match(titles.at(-1) ?? '', /today, 1 critical, 2 medium, 1 low$/);
    assert.deepEqual(await faults(), []);
    await tab.getByRole('searchbox', { name: 'Search repositories' }).fill('shop');
    await until(async () => (await rows.count()) === 1);
    await rows.getByRole('link', { name: 'shop', exact: true }).click();
    await heading('shop');
    await until(async () => (await tab.locator('.job-row').count()) === 2);
    assert.deepEqual(await faults(), []);
    await tab.getByRole('link', { name: 'Scans', exact: true }).click();
    await heading('Scans');
    await tab.getByRole('combobox', { name: 'Status' }).selectOption('failed');
    await tab.getByText('Failed to clone repository: no such host.').waitFor();
    await until(async () => (await tab.locator('.job-row').count()) === 1);
  });

  it('filters a report by severity, rule, CWE, path and text, and keeps the filter in the address', async () => {
    await open(`#/jobs/${shop}`);
    const titles = () => tab.locator('.issue:visible .title').allTextContents();
    await until(async () => (await titles()).length === 4);
    assert.deepEqual(await faults(), []);
    const shows = (...wanted: string[]) => until(async () => JSON.stringify(await titles()) === JSON.stringify(wanted));
    await tab.getByRole('button', { name: 'Medium 2' }).click();
    await shows('SQL injection', 'Debug mode');
    await tab.reload();
    await shows('SQL injection', 'Debug mode');
    await tab.getByRole('button', { name: 'Medium 2' }).click();
    await tab.getByRole('combobox', { name: 'Rule' }).selectOption('py-md5');
    await shows('Weak hash');
    await tab.getByRole('combobox', { name: 'Rule' }).selectOption('');
    await tab.getByRole('combobox', { name: 'CWE' }).selectOption('CWE-601');
    await shows('Open redirect');
    await tab.getByRole('combobox', { name: 'CWE' }).selectOption('');
    await tab.getByRole('searchbox', { name: 'Path contains' }).fill('WEB/');
    await shows('Open redirect', 'Debug mode');
    await tab.getByRole('searchbox', { name: 'Search findings' }).fill('secrets');
    await shows('Debug mode');
    assert.match(tab.url(), /#\/jobs\/[\w-]+\?text=secrets&path=WEB%2F$/);
    await tab.getByText('1 of 4 findings').waitFor();
    const [download] = await Promise.all([
      tab.waitForEvent('download'),
      tab.getByRole('button', { name: 'CSV' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), `codeagent-${shop}.csv`);
  });

  it('follows a pasted link that only differs in its filter, and the way back', async () => {
    const titles = () => tab.locator('.issue:visible .title').allTextContents();
    const shows = (...wanted: string[]) => until(async () => JSON.stringify(await titles()) === JSON.stringify(wanted));
    await open(`#/jobs/${shop}?text=secrets`);
    await shows('Debug mode');
    await open(`#/jobs/${shop}?rule=py-md5`);
    await shows('Weak hash');
    assert.equal(await tab.getByRole('searchbox', { name: 'Search findings' }).inputValue(), '');
    assert.equal(await tab.getByRole('combobox', { name: 'Rule' }).inputValue(), 'py-md5');
    await open(`#/jobs/${shop}?hidden=medium,low&path=ORDERS`);
    await shows('SQL injection');
    assert.equal(await tab.getByRole('button', { name: 'Medium 2' }).getAttribute('aria-pressed'), 'false');
    assert.deepEqual(await faults(), []);
    await open(`#/jobs/${shop}?rule=none&cwe=%22&hidden=all`);
    await until(async () => (await titles()).length === 4);
    await tab.goBack();
    await shows('SQL injection');
    await open(`#/jobs/${shop}`);
    await until(async () => (await titles()).length === 4);
    // A link pasted before the report has loaded.
    await tab.route('**/reports/**', async (route) => {
      await tab.evaluate((hash) => (location.hash = hash), `#/jobs/${shop}?cwe=CWE-601`);
      await route.continue();
    });
    await tab.reload();
    await shows('Open redirect');
    await tab.unroute('**/reports/**');
  });

  it('says so when the browser refuses the clipboard, and saves the log as a file', async () => {
    await open(`#/jobs/${shop}`);
    await tab.getByText('Log and steps').click();
    await tab.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new DOMException('Not here.', 'NotAllowedError'));
    });
    const [download] = await Promise.all([
      tab.waitForEvent('download'),
      tab.getByRole('button', { name: 'Copy', exact: true }).click(),
    ]);
    assert.equal(download.suggestedFilename(), `codeagent-${shop}.log`);
    await tab.getByText('The browser blocked copying, so the log was saved as a file.').waitFor();
    await tab.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.resolve();
    });
    await tab.getByRole('button', { name: 'Copy', exact: true }).click();
    await tab.getByText('The log was copied.').waitFor();
    assert.deepEqual(await faults(), []);
  });

  it('follows a job by its stream, and shows hostile names and findings as text', async () => {
    const id = await submit();
    requests.length = 0;
    await open(`#/jobs/${id}`);
    await heading(hostile);
    await tab.getByText('Analyzing Code (slow)').first().waitFor();
    await tab.locator('.log .line', { hasText: `Reading ${hostile}` }).waitFor();
    await until(async () => (await tab.locator('.tiles .high dd').textContent()) === '1');
    assert.deepEqual(await faults(), []);
    for (const go of waiting) go();
    await tab.locator('.issue').waitFor();
    await ends('Completed');
    assert.equal(await tab.locator('.issue .title').textContent(), hostile);
    assert.match((await tab.locator('.issue .snippet').textContent()) ?? '', /^<\/pre><img/);
    // Its own icon is the only image, and nothing loads a script.
    assert.equal(await tab.locator('img').count(), 1);
    assert.equal(await tab.locator('a[href^="javascript:" i]').count(), 0);
    for (const hash of ['#/', '#/scans']) {
      await open(hash);
      await tab.getByRole('link', { name: hostile }).first().waitFor();
    }
    assert.equal(await tab.evaluate(() => 'hacked' in window), false);
    const asked = requests.map((request) => new URL(request.url()).pathname);
    assert.ok(asked.includes(`/events/${id}`));
    assert.ok(!asked.includes(`/jobs/${id}`), 'it polled');
  });

  it('cancels a job', async () => {
    const id = await submit();
    await open(`#/jobs/${id}`);
    await tab.getByRole('button', { name: 'Cancel Scan' }).click();
    await ends('Canceled');
    await tab.getByText('These are its findings up to that point').waitFor();
    assert.equal((await service.job(id)).status, 'canceled');
  });

  it('continues when its node dies and another one responds', async () => {
    const id = await submit();
    entrance.to(other.url);
    await open('#/scans');
    await tab.locator('.job-row[data-status=running]').waitFor();
    await open(`#/jobs/${id}`);
    await tab.getByText('Analyzing Code (slow)').first().waitFor();
    entrance.to(undefined);
    await tab.getByText(/The service cannot be reached\. Trying again/).waitFor();
    assert.deepEqual(await faults(), []);
    for (const go of waiting) go();
    await service.ended(id);
    entrance.to(service.url);
    await ends('Completed');
    await tab.locator('.issue').waitFor();
    await tab.getByText('Trying again').waitFor({ state: 'hidden' });
    // A list, too.
    await open('#/scans');
    await tab.locator('.job-row').first().waitFor();
    entrance.to(undefined);
    await tab.getByText('Reconnecting…').waitFor();
    assert.ok((await tab.locator('.job-row').count()) >= 4);
    entrance.to(other.url);
    await tab.getByRole('button', { name: 'Try Now' }).click();
    await tab.getByText('Live', { exact: true }).waitFor();
  });

  it('can be used with only the keyboard', async () => {
    await open('#/scans');
    await tab.reload();
    await tab.locator('.job-row').first().waitFor();
    const focused = () => tab.evaluate(() => document.activeElement?.textContent ?? '');
    await tab.keyboard.press('Tab');
    assert.equal(await focused(), 'Skip to content');
    await tab.keyboard.press('Enter');
    assert.equal(await focused(), 'Scans');
    for (let press = 0; press < 3; press += 1) await tab.keyboard.press('Tab');
    await tab.keyboard.press('Enter');
    await tab.getByRole('button', { name: 'Scan Again' }).waitFor();
    assert.equal(await focused(), hostile);
  });

  it('says that a scan was not found', async () => {
    await open('#/jobs/00000000-0000-4000-8000-000000000000');
    await heading('Scan not found');
  });
});
