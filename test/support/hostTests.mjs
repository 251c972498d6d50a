// Runs out/test/host/ in a real VS Code: by default the registry's one in a headless browser. VSCODE_DESKTOP=1 downloads
// and drives desktop VS Code; VSCODE_DESKTOP=<path of a `code` program> drives that one.
import { runTests } from '@vscode/test-electron';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './repo.mjs';

const desktop = process.env.VSCODE_DESKTOP;
const shim = join(root, 'test', 'support', 'code-shim.mjs');
const vscode = desktop === '1' ? {} : { vscodeExecutablePath: desktop ?? shim };

const scratch = await mkdtemp(join(tmpdir(), 'codeagent-ws-'));
try {
  // A copy: the tests write into their workspace.
  const workspace = join(scratch, 'sample');
  await cp(join(root, 'test', 'fixtures', 'sample'), workspace, { recursive: true });
  await runTests({
    ...vscode,
    extensionDevelopmentPath: root,
    extensionTestsPath: join(root, 'out', 'test', 'host', 'index.js'),
    launchArgs: [
      workspace,
      `--user-data-dir=${join(scratch, 'user')}`,
      `--extensions-dir=${join(scratch, 'extensions')}`,
    ],
  });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
}
