import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { globSync } from 'tinyglobby';
import { root } from '../repo.mjs';

/** What src/base/asset.ts reads: WebAssembly, compiled rules and the team's page. */
const compressed = ['**/*.wasm', 'ast-grep/patterns.json', 'page/team.{js,css}'];

/** What it reads, too, and what has so much text in common that all are in one file: the rules, the words that they need, and their pages. */
const together = ['rulePages.json', 'ast-grep/rules.json', 'ast-grep/needs.json'];

/** Scripts of worker threads. In VS Code's extension host such a loader exports nothing, so none of what that loads may be here. */
const scripts = ['{redos,osv,secretlint,flow,projectFlow}Worker.js'];

/** Compressed files by the hash of what they were: the best compression takes half a minute for a new version of ruff, and every package has the same. */
const cache = join(root, 'out', 'brotli');

/** As small as it can, and a fifth larger in a fiftieth of the time: for packages that nobody downloads. */
const qualities = { best: constants.BROTLI_MAX_QUALITY, quick: 5 };

/**
 * Compresses files of a `dist` by Brotli: `<path>.br` takes the place of `<path>`; of a script, a loader stays there.
 * @param {string} dist
 * @param {keyof typeof qualities} quality at least
 */
export async function compressAssets(dist, quality) {
  await mkdir(cache, { recursive: true });
  for (const path of globSync(compressed, { cwd: dist, absolute: true })) {
    await compress(path, quality);
    await rm(path);
  }
  await packTogether(dist, quality);
  for (const path of globSync(scripts, { cwd: dist, absolute: true })) {
    const hash = await compress(path, quality);
    // The hash makes it another script when its content changes, since findings are kept by the hash of the script that found them.
    const loader = `// sha256 ${hash}
module._compile(
  require('node:zlib').brotliDecompressSync(require('node:fs').readFileSync(__filename + '.br')).toString(),
  __filename,
);
`;
    await writeFile(path, loader);
  }
}

/** Puts files of a `dist` into its `texts.br`: behind a line of JSON with where each begins, counted from there, and its length in bytes. */
async function packTogether(dist, quality) {
  const places = {};
  const parts = [];
  let at = 0;
  for (const name of together) {
    const content = await readFile(join(dist, name));
    places[name] = [at, content.length];
    at += content.length;
    parts.push(content);
    await rm(join(dist, name));
  }
  const path = join(dist, 'texts');
  await writeFile(path, Buffer.concat([Buffer.from(`${JSON.stringify(places)}\n`), ...parts]));
  await compress(path, quality);
  await rm(path);
}

/** Writes `<path>.br`. @returns the hash of the content */
async function compress(path, quality) {
  const content = await readFile(path);
  const hash = createHash('sha256').update(content).digest('hex');
  const best = join(cache, hash);
  const known = quality === 'best' || existsSync(best) ? best : `${best}.${quality}`;
  if (!existsSync(known)) {
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: qualities[quality],
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    };
    await writeFile(`${known}.${process.pid}`, await promisify(brotliCompress)(content, { params }));
    await rename(`${known}.${process.pid}`, known);
  }
  await copyFile(known, `${path}.br`);
  return hash;
}
