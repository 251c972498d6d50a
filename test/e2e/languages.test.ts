import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { report as reportShape, type Report } from '../../src/protocol';
import { startOsv, type TestOsv } from '../integration/support/osvService';
import { embedded, planted, vulnerable, writePlanted } from './support/planted';
import { VsCode } from './support/vscode';

describe('the installed extension, on every kind of code', () => {
  let scratch: string;
  let osv: TestOsv;
  let code: VsCode;

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'codeagent-planted-'));
    await writePlanted(join(scratch, 'planted'));
    osv = await startOsv(vulnerable);
    code = await VsCode.open({ fixture: join(scratch, 'planted'), settings: { 'codeagent.osv.url': osv.url } });
  });
  after(async () => {
    await code.close();
    await osv.close();
    await rm(scratch, { recursive: true, force: true });
  });

  /** The report of this window's scan, identified by its folder among those that other windows left behind. */
  async function reportOf(folder: string): Promise<Report> {
    for (const name of await readdir(code.home, { recursive: true })) {
      if (!name.endsWith('report.json')) continue;
      const report = reportShape.parse(JSON.parse(await readFile(join(code.home, name), 'utf8')));
      if (report.meta.repo.url === folder) return report;
    }
    throw new Error(`no report of ${folder}`);
  }

  it('finds something in each kind, and no engine fails', async () => {
    await code.workbench.openContainer('CodeAgent');
    await code.workbench.runCommand('CodeAgent: Scan Workspace');
    assert.doesNotMatch(await code.workbench.toast(/Scan completed/).text(), /gap/);
    const report = await reportOf(code.folder);
    assert.deepEqual(report.meta.coverage, { complete: true, gaps: [] });
    const states = new Map(report.meta.analyzers?.map(({ id, status }) => [id, status]));
    for (const id of embedded) assert.equal(states.get(id), 'completed', id);
    const found = new Set(report.files.filter(({ issues }) => issues.length > 0).map(({ path }) => path));
    // A finding about a dependency is shown where the manifest names it.
    assert.deepEqual(
      Object.keys(planted).filter((path) => !found.has(path) && path !== 'package-lock.json'),
      [],
    );
  });
});
