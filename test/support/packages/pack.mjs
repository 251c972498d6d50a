import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { mustRun, root, vsixOf } from '../repo.mjs';
import { recompress } from './recompress.mjs';
import { stageNpm, stageVsix } from './stage.mjs';
import { targets } from './targets.mjs';

/**
 * Packs the .vsix of a target from the release build in dist/.
 * @param forRelease whether vsce searches it for secrets, which takes four times as long as packing
 * @param preRelease whether it is for the pre-release channel
 * @param quality of its compression: `best`, or `quick` where only tests install it
 * @returns the file
 * @throws Error when it is larger than the target's limit
 */
export async function packVsix(target, { forRelease = false, preRelease = false, quality = 'best' } = {}) {
  const file = vsixOf(target);
  await mkdir(dirname(file), { recursive: true });
  const stage = join(root, 'out', 'stage', target);
  await stageVsix(target, stage, quality);
  const vsce = join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  const quiet = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  const channel = preRelease ? ['--pre-release'] : [];
  const forTarget = target === 'universal' ? [] : ['--target', target];
  const search = forRelease ? [] : ['--allow-package-all-secrets'];
  await mustRun(process.execPath, [vsce, 'package', ...quiet, ...search, ...channel, ...forTarget, '--out', file], {
    cwd: stage,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await recompress(file);
  await rm(stage, { recursive: true });
  const { size } = await stat(file);
  // A quick package is a fifth larger than what is published.
  const limit = targets[target].limit * (quality === 'quick' ? 1.25 : 1);
  if (size > limit) throw new Error(`${relative(root, file)} has ${size} bytes, more than the ${limit} it may have.`);
  console.log(`${relative(root, file)}: ${(size / 1e6).toFixed(1)} MB`);
  return file;
}

/**
 * Packs into `folder` what `npm pack` gives, from the release build in dist/.
 * @param quality as of {@link packVsix}
 * @returns the tarball
 */
export async function packNpm(folder, { quality = 'best' } = {}) {
  const stage = join(folder, 'stage');
  await stageNpm(stage, quality);
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  await mustRun('npm', args, { cwd: stage, stdio: ['ignore', 'ignore', 'inherit'] });
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error(`npm packed nothing into ${folder}.`);
  return join(folder, tarball);
}
