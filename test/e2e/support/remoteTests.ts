import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../support/repo.mjs';
import { Gate } from './gate';
import { processes } from './processes';
import { startSelfSigned, type ScanServer } from './service';
import { VsCode } from './vscode';
import { waitFor } from './wait';
import { filesWith } from '../../support/filesWith';
import { patience } from '../../support/patience.mjs';

const label = 'sample';

/**
 * How a window works with a scan server, regardless of where that runs.
 * @param start starts the server, which may keep its jobs in `storage`, with the settings for analyzers in the file `tools`
 */
export function remoteTests(
  what: string,
  start: (storage: string, token: string, tools: string) => Promise<ScanServer>,
): void {
  describe(`scanning on ${what}`, function () {
    this.timeout(patience(120_000));
    const token = randomBytes(24).toString('hex');
    const undo: (() => unknown)[] = [];
    let scratch: string;
    let gate: Gate;
    let server: ScanServer;
    let code: VsCode;

    before(async () => {
      scratch = await mkdtemp(join(tmpdir(), 'codeagent-server-'));
      undo.push(() => rm(scratch, { recursive: true, force: true }));
      gate = await Gate.make();
      undo.push(() => gate.remove());
      const tools = join(scratch, 'tools.json');
      await writeFile(tools, JSON.stringify({ custom: gate.custom }));
      server = await start(join(scratch, 'storage'), token, tools);
      undo.push(() => server.stop());
      code = await VsCode.open({ settings: { 'codeagent.scan.mode': 'remote' } });
      undo.push(() => code.close());
      await code.workbench.openContainer('CodeAgent');
    });
    afterEach(async function () {
      if (this.currentTest?.state === 'failed') await code.screenshot('remote-failure');
    });
    after(async () => {
      for (const step of undo.reverse()) await step();
    });

    async function fillIn(title: string | RegExp, text: string): Promise<void> {
      await code.page.locator('.quick-input-title', { hasText: title }).waitFor();
      await code.workbench.answer(text);
    }
    async function signIn(url: string, secret: string): Promise<void> {
      await code.workbench.runCommand('CodeAgent: Sign In to Scan Server');
      await fillIn('Scan Server', url);
      await fillIn(/^Token for /, secret);
    }
    async function says(text: RegExp, timeout = patience(15_000)): Promise<void> {
      await code.workbench.toast(text).text(timeout);
      await code.workbench.runCommand('Notifications: Clear All Notifications');
    }
    async function rowSays(text: RegExp, timeout = patience(30_000)): Promise<void> {
      await waitFor(
        `the newest row to say ${String(text)}`,
        async () => text.test((await code.workbench.treeItems('Scans'))[0]?.description ?? ''),
        timeout,
      );
    }
    /** The text of the server's row: rows of its scans end with its name, too. */
    function serverRow(): RegExp {
      return new RegExp(`^${new URL(server.url).host.replaceAll('.', '\\.')}`);
    }
    async function toldCompleted(): Promise<number> {
      return (await code.workbench.toasts()).filter((text) => text.includes('Scan completed')).length;
    }

    it('says what to do if no server is configured', async () => {
      await code.workbench.runCommand('CodeAgent: Scan Workspace');
      const toast = code.workbench.toast(
        /No scan server is configured\. Run "CodeAgent: Sign In to Scan Server" first/,
      );
      await toast.click('Show Log');
      await waitFor('the log', async () => (await code.workbench.outputText()).includes('No scan server'));
      await code.workbench.runCommand('Notifications: Clear All Notifications');
    });

    it('says what is wrong at sign-in', async () => {
      const unused = await startSelfSigned(scratch);
      unused.stop();
      await signIn(unused.url, token);
      await says(/cannot be reached: the connection was refused/);

      const untrusted = await startSelfSigned(scratch);
      undo.push(() => untrusted.stop());
      await signIn(untrusted.url, token);
      await says(/its certificate is self-signed; name its CA file in the setting codeagent\.server\.caFile/);

      await signIn(server.url, 'wrong');
      await says(/rejected this token\. Ask the server's administrator for a valid one/);
    });

    it('signs in and says what it found', async () => {
      await signIn(server.url, `${token} `);
      await says(/Signed in to .* \(version [\d.]+\): \d+ analyzers available/);
    });

    it('uploads the workspace after consent, and shows the job to its end', async () => {
      const { workbench } = code;
      await workbench.runCommand('CodeAgent: Scan Workspace');
      const dialog = code.page.locator('.monaco-dialog-box');
      await dialog.waitFor();
      assert.match(
        await dialog.innerText(),
        new RegExp(`Upload ${label} to ${server.url}\\?[^]*\\d+ files \\([\\d.]+ KB compressed`),
      );
      // It has been packed by now: the server does not see later changes.
      const orders = join(code.folder, 'api/orders.js');
      const lines = (await readFile(orders, 'utf8'))
        .split('\n')
        .map((line) => (/\beval\(/.test(line) ? '  done();' : line));
      await writeFile(orders, `\n\n\n${lines.join('\n')}`);
      await gate.close();
      await workbench.dialogButton('Upload').click();
      await rowSays(/\d+%/);
      await workbench.toast(`Scanning ${label}`).row.waitFor();
      await gate.open();
      await workbench.toast(/Scan completed: .*high/).row.waitFor({ timeout: patience(60_000) });
      assert.equal(await toldCompleted(), 1);
      // The query has moved by three lines; the eval was removed.
      let rows: string[] = [];
      await waitFor('Problems to list the findings where they are now', async () => {
        rows = await workbench.allProblems();
        return (
          rows.some((text) => /line 12 /.test(text)) && rows.some((text) => text.includes('has changed since the scan'))
        );
      }).catch((error: unknown) => assert.fail(`${String(error)}: ${rows.join(' | ')}`));
      await workbench.runCommand('Notifications: Clear All Notifications');
    });

    it('scans a repository', async () => {
      const { workbench } = code;
      const repository = join(scratch, 'repository');
      await cp(join(root, 'test/fixtures/sample'), repository, { recursive: true });
      const git = (...args: string[]) =>
        execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', '-C', repository, ...args]);
      git('init', '--quiet', '--initial-branch=main');
      git('add', '--all');
      git('commit', '--quiet', '-m', 'all');
      await workbench.runCommand('CodeAgent: Scan Git Repository…');
      await fillIn('Scan Git Repository (1/2)', pathToFileURL(repository).href);
      await fillIn('Scan Git Repository (2/2)', 'main');
      await workbench.toast(/Scan completed: .*high/).row.waitFor({ timeout: patience(60_000) });
      assert.equal((await workbench.treeItems('Scans'))[0]?.label, 'repository');
      await workbench.runCommand('Notifications: Clear All Notifications');
    });

    it('lists the scans of others on the server, and opens one', async () => {
      const { workbench, page } = code;
      const body = new FormData();
      body.set('github_url', pathToFileURL(join(scratch, 'repository')).href);
      body.set('analyzers', 'secretlint');
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${server.url}/analyze-async`, { method: 'POST', headers, body });
      assert.equal(answer.status, 202);
      // The last row, far below those of the scans.
      await workbench.tree('Scans').focus();
      await page.keyboard.press('End');
      await workbench.treeItem('Scans', serverRow()).click();
      const others = page.getByRole('treeitem', { name: /repository.*started elsewhere/ });
      await waitFor('its end', async () => {
        await workbench.treeAction('Scans', serverRow(), 'Refresh Server Scans');
        await page.keyboard.press('End');
        return /\b(?:critical|high|medium|low|no findings)\b/i.test(
          (await others.first().textContent({ timeout: patience(2000) })) ?? '',
        );
      });
      await others.first().click({ button: 'right' });
      await workbench.menuEntry('Open Server Scan');
      const panel = await workbench.webviewFrame('Scan Progress: repository');
      await waitFor('its end', async () => (await panel.locator('.percent').textContent()) === '100%');
      await workbench.runCommand('View: Close All Editors');
      await workbench.runCommand('Notifications: Clear All Notifications');
      await workbench.tree('Scans').focus();
      await page.keyboard.press('Home');
    });

    it('resumes a job after a reload, and reports its end once', async () => {
      const { workbench } = code;
      await gate.close();
      // Already confirmed in this window: no dialog.
      await workbench.runCommand('CodeAgent: Scan Remotely…');
      await rowSays(/Analyzing.* · \d+%/);
      server.pause();
      await code.reload();
      await workbench.openContainer('CodeAgent');
      await workbench.tree('Scans').focus();
      await code.page.keyboard.press('Home');
      await waitFor('its row on top, under the name that it was started with', async () => {
        const [first] = await workbench.treeItems('Scans');
        return first?.label === label && / · \d+%/.test(first.description);
      });
      server.resume();
      // This VS Code loses its secrets with its window, so the server asks for the token in the middle of the job.
      await workbench.toast(/requires you to sign in again\. The scan resumes once you have/).click('Sign In');
      await fillIn('Scan Server', server.url);
      await fillIn(/^Token for /, token);
      await gate.open();
      await workbench.toast(/Scan completed: .*high/).row.waitFor({ timeout: patience(60_000) });
      await rowSays(/high/);
      assert.equal(await toldCompleted(), 1);
      await code.reload();
      await workbench.openContainer('CodeAgent');
      await rowSays(/high/);
      assert.equal(await toldCompleted(), 0, 'what was told is not told again');
    });

    it('keeps the server in the list after signing out, and offers to sign in there', async () => {
      const { workbench } = code;
      await signIn(server.url, token);
      await says(/Signed in to/);
      await workbench.runCommand('CodeAgent: Sign Out of Scan Server');
      await says(/Signed out of/);
      await workbench.tree('Scans').focus();
      await code.page.keyboard.press('End');
      await workbench.treeItem('Scans', serverRow()).click();
      await workbench.treeItem('Scans', 'Sign in to see its scans').click();
      await code.page.locator('.quick-input-title', { hasText: 'Scan Server' }).waitFor();
      await code.page.keyboard.press('Escape');
    });

    it('never writes the token to disk', async () => {
      assert.deepEqual(await filesWith(code.home, token), []);
      assert.deepEqual(await filesWith(code.folder, token), []);
      assert.deepEqual(await filesWith(scratch, token), []);
      assert.ok(!server.output().includes(token));
      if (process.platform === 'linux') {
        assert.deepEqual(
          processes().filter(({ command }) => command.includes(token)),
          [],
        );
      }
    });
  });
}
