// Takes the pictures of docs/images with the packaged extension: `node esbuild.mjs --tests && node test/support/package.mjs && node test/e2e/pictures.mjs`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../support/repo.mjs';

const run = spawnSync(
  process.execPath,
  [join(root, 'node_modules/mocha/bin/mocha.js'), '--timeout', '120000', join(root, 'out/test/e2e/pictures.test.js')],
  { stdio: 'inherit', env: { ...process.env, CODEAGENT_SCREENSHOTS: join(root, 'docs/images') } },
);
process.exitCode = run.status ?? 1;
