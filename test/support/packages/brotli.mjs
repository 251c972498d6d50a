import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { globSync } from 'tinyglobby';
import { root } from '../repo.mjs';

/** Files that src/base/asset.ts reads: WebAssembly, compiled rules and the team page. */
const compressed = ['**/*.wasm', 'ast-grep/patterns.json', 'page/team.{js,css}'];

/**
 * Files that it also reads, with so much text in common that they share an archive: the rules, the words that they need, their pages and
 * titles, and the taint engine's models.
 */
const together = ['rulePages.json', 'ruleTitles.json', 'ast-grep/rules.json', 'ast-grep/needs.json', 'taint/*.json'];

/** Scripts of worker threads. */
const workers = ['redos', 'osv', 'secretlint', 'projectFlow'].map((name) => `${name}Worker.js`);

/**
 * The scripts that are replaced by a loader, by the file that contains them compressed. A package that must be small has nearly everything
 * outside the extension host in one, which saves a third, but makes starting 20 ms slower.
 */
const archives = {
  fast: Object.fromEntries(workers.map((name) => [name, [name]])),
  small: {
    scripts: ['main.js', ...workers, 'importWorker.js', 'readingWorker.js', 'ruffChild.js', 'astGrepChild.js'],
    'undici.js': ['undici.js'],
  },
};

/**
 * Compressed files, by the hash of the originals: the best compression takes half a minute for a new version of ruff, and every package has the same.
 */
const cache = join(root, 'out', 'brotli');

/** As small as possible, or a fifth larger in a fiftieth of the time: for packages that are not published. */
const qualities = { best: constants.BROTLI_MAX_QUALITY, quick: 5 };

/**
 * Compresses files of a `dist` with Brotli: `<path>.br` replaces `<path>`, or an archive replaces several; a script leaves a loader behind.
 * @param {string} dist
 * @param {keyof typeof qualities} quality at least
 * @param {keyof typeof archives} scripts whether they should start fast or be small
 */
export async function compressAssets(dist, quality, scripts) {
  await mkdir(cache, { recursive: true });
  for (const path of globSync(compressed, { cwd: dist, absolute: true })) {
    await compress(path, await readFile(path), quality);
    await rm(path);
  }
  await packTogether(dist, quality);
  for (const [archive, names] of Object.entries(archives[scripts])) await packScripts(dist, archive, names, quality);
}

/** Puts scripts of a `dist` into its `<archive>.br`, and leaves loaders behind. */
async function packScripts(dist, archive, names, quality) {
  const parts = [];
  let at = 0;
  for (const name of names) {
    const path = join(dist, name);
    const text = await readFile(path, 'utf8');
    const [shebang = ''] = /^#!.*\n/.exec(text) ?? [];
    const content = Buffer.from(text.slice(shebang.length));
    const end = at + content.length;
    // The hash changes the loader when the content changes, since findings are cached by the hash of the script that found them.
    const loader = `${shebang}// sha256 ${hashOf(content)}
const { join } = require('node:path');
let packed;
try {
  packed = require('node:zlib').brotliDecompressSync(require('node:fs').readFileSync(join(__dirname, '${archive}.br')));
} catch (cause) {
  const message = 'This installation of CodeAgent Scanner is damaged: ${archive}.br is missing or has been changed. Reinstall it.';
  throw new Error(message, { cause });
}
module._compile(packed.toString('utf8', ${at}, ${end}), __filename);
`;
    await writeFile(path, loader);
    parts.push(content);
    at = end;
  }
  await compress(join(dist, archive), Buffer.concat(parts), quality);
}

/** Puts files of a `dist` into its `texts.br`, after a line of JSON with the start of each, counted from there, and its length in bytes. */
async function packTogether(dist, quality) {
  const places = {};
  const parts = [];
  let at = 0;
  for (const name of globSync(together, { cwd: dist }).sort()) {
    const content = await readFile(join(dist, name));
    places[name] = [at, content.length];
    at += content.length;
    parts.push(content);
    await rm(join(dist, name));
  }
  const content = Buffer.concat([Buffer.from(`${JSON.stringify(places)}\n`), ...parts]);
  await compress(join(dist, 'texts'), content, quality);
}

function hashOf(content) {
  return createHash('sha256').update(content).digest('hex');
}

/** Writes `<path>.br`. */
async function compress(path, content, quality) {
  const hash = hashOf(content);
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
}
