import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun, root } from '../repo.mjs';

const cache = join(root, 'out', 'npm-packages');

/**
 * The folder of an npm package in the lockfile's version: what `npm ci` installed, otherwise (packages for other platforms) what npm packs,
 * cached in out/.
 * @throws Error if it does not match the lockfile
 */
export async function npmPackage(name) {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const locked = packages[`node_modules/${name}`];
  if (!locked) throw new Error(`package-lock.json has no ${name}.`);
  const { version, integrity } = locked;
  const installed = join(root, 'node_modules', name);
  if ((await versionIn(installed)) === version) return installed;
  const folder = join(cache, `${name.replace('/', '-')}-${version}`);
  if (existsSync(folder)) return join(folder, 'package');
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'work-'));
  try {
    await mustRun('npm', ['pack', `${name}@${version}`, '--pack-destination', work, '--silent'], { stdio: 'ignore' });
    const [tarball] = await readdir(work);
    const [algorithm, expected] = integrity.split('-', 2);
    const actual = createHash(algorithm)
      .update(await readFile(join(work, tarball)))
      .digest('base64');
    if (`${algorithm}-${actual}` !== integrity)
      throw new Error(`${name}@${version} is not what package-lock.json says: expected ${expected}, got ${actual}.`);
    await mustRun('tar', ['-xzf', tarball], { cwd: work });
    await rm(join(work, tarball));
    await rename(work, folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return join(folder, 'package');
}

async function versionIn(folder) {
  const manifest = join(folder, 'package.json');
  return existsSync(manifest) ? JSON.parse(await readFile(manifest, 'utf8')).version : undefined;
}
