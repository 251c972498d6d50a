import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress, brotliDecompressSync } from 'node:zlib';

// Files that the build puts into dist/. In packages the large ones are compressed by Brotli (`<path>.br`), which takes a third less than a zip's own
// compression (test/support/packages/brotli.mjs).

/** Whether the file is there, compressed or not. */
export function hasAsset(path: string): boolean {
  return existsSync(path) || existsSync(`${path}.br`);
}

/** @throws Node's error if neither form of the file is there, or it cannot be read */
export async function readAsset(path: string): Promise<Uint8Array> {
  return existsSync(path) ? readFile(path) : promisify(brotliDecompress)(await readFile(`${path}.br`));
}

/**
 * {@link readAsset} for threads that may block.
 * @throws Node's error if neither form of the file is there, or it cannot be read
 */
export function readAssetSync(path: string): Uint8Array {
  return existsSync(path) ? readFileSync(path) : brotliDecompressSync(readFileSync(`${path}.br`));
}

/** The content of a JSON file. @throws SyntaxError too, if it is damaged */
export async function readJsonAsset(path: string): Promise<unknown> {
  return parsed(await readAsset(path));
}

/** {@link readJsonAsset} for threads that may block. */
export function readJsonAssetSync(path: string): unknown {
  return parsed(readAssetSync(path));
}

function parsed(content: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(content));
}
