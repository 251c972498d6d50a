import { chmod, copyFile, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root } from '../repo.mjs';
import { compressAssets } from './brotli.mjs';
import { writeManifest } from './manifest.mjs';
import { npmPackage } from './npmPackage.mjs';
import { programName, targets } from './targets.mjs';

/** What a .vsix shows and says about itself, beside its code. */
const shown = ['package.nls.json', 'package.nls.de.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'media', 'l10n'];

/** What a program that ran from dist/ has kept there. */
const ofRuns = /[\\/]dist[\\/]compiled$/;

/** ast-grep's program, and what stands in for it where there is none. */
const program = /[\\/]ast-grep[\\/]ast-grep(?:\.exe)?$/;
const standIn = /[\\/]ast-grep\.wasm\.br$|[\\/]astGrepChild\.js$/;

/** What only servers need: npm's package has it. */
const ofServers = /[\\/]clusterLibraries\.js$/;
/** The page of a team's server, which the runner of an editor does not show. */
const teamPage = /[\\/]dist[\\/]page$/;

/** What npm brings beside the tarball: left out of its `dist`. */
const ofNpm = /[\\/]ast-grep[\\/]ast-grep(?:\.exe)?$|[\\/]ruff_wasm_bg\.wasm$/;

/** Makes `folder` what the .vsix of a target is packed from: the release build in dist/ with that target's pieces only, compressed by a {@link compressAssets} quality. */
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

/** Takes from a release build what npm brings by itself, so that it is what `npm pack` packs. */
export async function stripForNpm(dist, quality) {
  await rm(join(dist, 'compiled'), { recursive: true, force: true });
  for (const name of ['ast-grep/ast-grep', 'ast-grep/ast-grep.exe', 'ruff_wasm_bg.wasm'])
    await rm(join(dist, name), { force: true });
  await compressAssets(dist, quality, 'fast');
  // `files` of package.json leaves it out, which only VS Code shows.
  await writeManifest(dist, ['webview/**']);
}

/** Makes `folder` what `npm pack` packs, beside the repository, whose dist/ stays as it is. */
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
