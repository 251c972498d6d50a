import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { globSync } from 'tinyglobby';

/**
 * Lists the files of a `dist` in its manifest.json, so that the program can tell at startup which file is missing or damaged.
 * @param without globs of files that will not be installed
 */
export async function writeManifest(dist, without = []) {
  const paths = globSync('**/*', {
    cwd: dist,
    dot: true,
    ignore: ['manifest.json', '**/*.map', 'compiled/**', ...without],
  }).sort();
  const entries = await Promise.all(
    paths.map(async (path) => {
      const content = await readFile(join(dist, path));
      return [path, { size: content.length, sha256: createHash('sha256').update(content).digest('hex') }];
    }),
  );
  await writeFile(join(dist, 'manifest.json'), JSON.stringify(Object.fromEntries(entries)));
}
