import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

/** Whether a folder has a WebAssembly file, compressed or not. */
export function hasWasm(folder: string, name: string): boolean {
  const plain = join(folder, `${name}.wasm`);
  return existsSync(plain) || existsSync(`${plain}.br`);
}

/**
 * Reads a WebAssembly file. In packages it is compressed by Brotli (`<name>.wasm.br`), which takes a third less than a zip's own compression.
 * @throws if neither is there, or it cannot be read
 */
export function readWasm(folder: string, name: string): Uint8Array {
  const plain = join(folder, `${name}.wasm`);
  return existsSync(plain) ? readFileSync(plain) : brotliDecompressSync(readFileSync(`${plain}.br`));
}
