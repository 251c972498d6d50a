import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { globSync } from 'tinyglobby';
import { root } from '../repo.mjs';

/** What src/base/asset.ts reads: WebAssembly, compiled rules and their pages. */
const compressed = ['**/*.wasm', 'ast-grep/{rules,needs,patterns}.json', 'rulePages.json'];

/** Compressed files by the hash of what they were: the best compression takes half a minute for a new version of ruff, and every package has the same. */
const cache = join(root, 'out', 'brotli');

/** Compresses files of a `dist` by Brotli: `<path>.br` takes the place of `<path>`. */
export async function compressAssets(dist) {
  await mkdir(cache, { recursive: true });
  for (const path of globSync(compressed, { cwd: dist, absolute: true })) {
    const content = await readFile(path);
    const known = join(cache, createHash('sha256').update(content).digest('hex'));
    if (!existsSync(known)) {
      const params = {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      };
      await writeFile(`${known}.${process.pid}`, await promisify(brotliCompress)(content, { params }));
      await rename(`${known}.${process.pid}`, known);
    }
    await copyFile(known, `${path}.br`);
    await rm(path);
  }
}
