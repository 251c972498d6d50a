// Writes out/codeagent-scanner-<platform>.vsix from a release build. `--all`: for every platform, and the universal one. `--check`: unpacks
// and checks the results, and runs those that can run here. `--pre-release`: for that channel. `--dist-for-npm`: prepares dist/ for `npm
// pack` (its prepack script). `--quick`: a larger package in a fifth of the time, for the tests.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkVsix } from './packages/check.mjs';
import { packVsix } from './packages/pack.mjs';
import { stripForNpm } from './packages/stage.mjs';
import { targets } from './packages/targets.mjs';
import { mustRun, platform, root } from './repo.mjs';

const { values: asked } = parseArgs({
  options: {
    all: { type: 'boolean' },
    check: { type: 'boolean' },
    'pre-release': { type: 'boolean' },
    'dist-for-npm': { type: 'boolean' },
    quick: { type: 'boolean' },
  },
});
await mustRun(process.execPath, ['esbuild.mjs', '--release'], { stdio: ['ignore', 'ignore', 'inherit'] });
const quality = asked.quick ? 'quick' : 'best';
if (asked['dist-for-npm']) await stripForNpm(join(root, 'dist'), quality);
else
  for (const target of asked.all ? Object.keys(targets) : [platform]) {
    const file = await packVsix(target, {
      forRelease: asked.all === true,
      preRelease: asked['pre-release'] === true,
      quality,
    });
    if (asked.check) await checkVsix(target, file);
  }
