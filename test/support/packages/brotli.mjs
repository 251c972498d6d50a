import { readFile, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { globSync } from 'tinyglobby';

/**
 * Compresses the WebAssembly files below a folder (`<name>.wasm.br` in place of `<name>.wasm`; src/engines/engine/wasm.ts reads both): a quarter smaller than
 * a zip makes them. Level 11 would save another tenth, and take ten times as long.
 */
export async function compressWasm(folder) {
  for (const path of globSync('**/*.wasm', { cwd: folder, absolute: true })) {
    const content = await readFile(path);
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: 9,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    };
    await writeFile(`${path}.br`, await promisify(brotliCompress)(content, { params }));
    await rm(path);
  }
}
