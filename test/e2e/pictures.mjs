// Takes the pictures in docs/images and in the walkthrough with the packaged extension, including the moving one: `npm run pictures`.
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apng } from '../support/apng.mjs';
import { png8 } from '../support/png8.mjs';
import { root } from '../support/repo.mjs';

const images = join(root, 'docs/images');
const frames = join(root, 'out/film');
/** Maximum size of the animation in bytes. */
const limit = 1_500_000;

function run(...args) {
  const env = { ...process.env, CODEAGENT_SCREENSHOTS: images, CODEAGENT_FILM: frames };
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
}

await rm(frames, { recursive: true, force: true });
await mkdir(frames, { recursive: true });
run('esbuild.mjs', '--tests');
run('test/support/package.mjs', '--quick');
// `npm run pictures moving` only takes that one.
const only = process.argv[2] === undefined ? [] : ['--grep', process.argv[2]];
run('node_modules/mocha/bin/mocha.js', '--timeout', '400000', ...only, 'out/test/e2e/pictures.test.js');
const since = performance.timeOrigin;
for (const folder of [images, join(root, 'media/walkthrough')])
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (name === 'film.png' || !name.endsWith('.png') || (await stat(file)).mtimeMs < since) continue;
    await writeFile(file, png8(await readFile(file)));
  }
const names = (await readdir(frames)).sort();
if (names.length > 0) {
  const film = join(images, 'film.png');
  // Named <number>-<milliseconds>.png.
  const read = async (name) => ({ png: await readFile(join(frames, name)), ms: Number(/-(\d+)\./.exec(name)[1]) });
  await writeFile(film, apng(await Promise.all(names.map(read))));
  const { size } = await stat(film);
  const seconds = names.reduce((sum, name) => sum + Number(/-(\d+)\./.exec(name)[1]), 0) / 1000;
  console.log(`docs/images/film.png: ${(size / 1e6).toFixed(2)} MB, ${names.length} frames, ${seconds} s`);
  if (size > limit) process.exitCode = 1;
}
