import { chmod, copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root } from '../repo.mjs';
import { compressAssets } from './brotli.mjs';
import { writeManifest } from './manifest.mjs';
import { npmPackage } from './npmPackage.mjs';
import { programName, targets } from './targets.mjs';

/** The metadata of a .vsix, in addition to our code. */
const shown = ['package.nls.json', 'package.nls.de.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'media', 'l10n'];

/** Caches of programs that ran from dist/. */
const ofRuns = /[\\/]dist[\\/]compiled$/;

/** ast-grep's program, and its replacement for platforms without one. */
const program = /[\\/]ast-grep[\\/]ast-grep(?:\.exe)?$/;
const standIn = /[\\/]ast-grep\.wasm\.br$|[\\/]astGrepChild\.js$/;

/** Files that only servers need, which the npm package has. */
const ofServers = /[\\/]clusterLibraries\.js$/;
/** The team page, which an editor's runner does not serve. */
const teamPage = /[\\/]dist[\\/]page$/;

/** Dependencies that npm installs separately: left out of the tarball's `dist`. */
const ofNpm = /[\\/]ast-grep[\\/]ast-grep(?:\.exe)?$|[\\/]ruff_wasm_bg\.wasm$/;

/**
 * Prepares `folder` for packing the .vsix of a target: the release build in dist/ with only that target's pieces, compressed with a {@link
 * compressAssets} quality.
 */
export async function stageVsix(target, folder, quality) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const name of shown) await cp(join(root, name), join(folder, name), { recursive: true });
  const { scripts, devDependencies, dependencies, optionalDependencies, bin, ...manifest } = await rootManifest();
  const files = [...shown, 'dist'];
  await writeFile(join(folder, 'package.json'), JSON.stringify({ ...manifest, files }, null, 2));

  const dist = join(folder, 'dist');
  const { astGrep } = targets[target];
  const isForOthers = (path) =>
    program.test(path) ||
    ofRuns.test(path) ||
    ofServers.test(path) ||
    teamPage.test(path) ||
    path.endsWith('.map') ||
    (astGrep && standIn.test(path));
  await cp(join(root, 'dist'), dist, { recursive: true, filter: (path) => !isForOthers(path) });
  if (astGrep) {
    const own = join(dist, 'ast-grep', programName(target));
    await copyFile(join(await npmPackage(astGrep), basename(own)), own);
    await chmod(own, 0o755);
  }
  await compressAssets(dist, quality, target === 'universal' ? 'small' : 'fast');
  await writeManifest(dist);
}

/** Removes what npm installs by itself from a release build, to prepare it for `npm pack`. */
export async function stripForNpm(dist, quality) {
  await rm(join(dist, 'compiled'), { recursive: true, force: true });
  for (const name of ['ast-grep/ast-grep', 'ast-grep/ast-grep.exe', 'ruff_wasm_bg.wasm'])
    await rm(join(dist, name), { force: true });
  await compressAssets(dist, quality, 'fast');
  // `files` in package.json excludes this, since only VS Code shows it.
  await writeManifest(dist, ['webview/**']);
}

/** Prepares `folder` for `npm pack`, outside the repository, whose dist/ stays unchanged. */
export async function stageNpm(folder, quality) {
  await mkdir(folder, { recursive: true });
  for (const name of ['package.json', 'README.md', 'LICENSE']) await copyFile(join(root, name), join(folder, name));
  await cp(join(root, 'dist'), join(folder, 'dist'), {
    recursive: true,
    filter: (path) => !ofNpm.test(path) && !ofRuns.test(path),
  });
  await stripForNpm(join(folder, 'dist'), quality);
}

async function rootManifest() {
  return JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
}
