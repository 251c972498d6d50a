import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { globSync } from 'tinyglobby';
import { root } from '../repo.mjs';

const cache = join(root, 'out', 'brotli');

/**
 * Compresses the WebAssembly files below a folder (`<name>.wasm.br` in place of `<name>.wasm`; src/engines/engine/wasm.ts reads both): a third smaller than
 * a zip makes them. The highest level takes a minute for ruff's, so what it gave is kept in out/.
 */
export async function compressWasm(folder) {
  await mkdir(cache, { recursive: true });
  for (const path of globSync('**/*.wasm', { cwd: folder, absolute: true })) {
    const content = await readFile(path);
    const kept = join(cache, `${createHash('sha256').update(content).digest('hex')}.br`);
    if (!existsSync(kept)) {
      const params = {
        [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      };
      await writeFile(`${kept}.part`, await promisify(brotliCompress)(content, { params }));
      await rename(`${kept}.part`, kept);
    }
    await copyFile(kept, `${path}.br`);
    await rm(path);
  }
}
