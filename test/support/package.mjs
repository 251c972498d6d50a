// Writes out/codeagent-scanner-<platform>.vsix from a release build. The analyzers' binaries make it platform-specific.
import { mkdir, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { mustRun, platform, root, vsixFile } from './repo.mjs';

await mkdir(dirname(vsixFile), { recursive: true });
await mustRun(process.execPath, ['esbuild.mjs', '--release']);
const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
const quiet = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
await mustRun(process.execPath, [vsce, 'package', ...quiet, '--target', platform, '--out', vsixFile]);
const { size } = await stat(vsixFile);
console.log(`${relative(root, vsixFile)}: ${(size / 1e6).toFixed(1)} MB`);
