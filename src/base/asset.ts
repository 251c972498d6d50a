import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress, brotliDecompressSync } from 'node:zlib';
import * as z from 'zod';

// Files that the build puts into dist/. In packages, the large ones are compressed with Brotli (`<path>.br`), which makes them a third
// smaller than a zip's own compression does (test/support/packages/brotli.mjs).

/**
 * In packages, files with much text in common are stored in one archive, which saves a fifth. It starts with a line of JSON that says where
 * each file is.
 */
const together = 'texts.br';
const placesOfFiles = z.record(z.string(), z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]));

/** Whether the file is there, compressed or not. */
export function hasAsset(path: string): boolean {
  return existsSync(path) || existsSync(`${path}.br`);
}

/** The file that holds the content: the path itself, its compressed form, or an archive of several files. */
export function fileOfAsset(path: string): string {
  return existsSync(path) ? path : packedIn(path).file;
}

/** @throws Node's error if no form of the file is there, or it cannot be read */
export async function readAsset(path: string): Promise<Uint8Array> {
  if (existsSync(path)) return readFile(path);
  const packed = packedIn(path);
  return partOf(await promisify(brotliDecompress)(await readFile(packed.file)), packed.name);
}

/**
 * {@link readAsset} for threads that may block.
 * @throws Node's error if no form of the file is there, or it cannot be read
 */
export function readAssetSync(path: string): Uint8Array {
  if (existsSync(path)) return readFileSync(path);
  const packed = packedIn(path);
  return partOf(brotliDecompressSync(readFileSync(packed.file)), packed.name);
}

/** The compressed file that holds this content, and the entry's name if it is an archive. */
function packedIn(path: string): { readonly file: string; readonly name?: string } {
  const own = `${path}.br`;
  if (existsSync(own)) return { file: own };
  const folder = [dirname(path), dirname(dirname(path))].find((one) => existsSync(join(one, together)));
  // Node's error names the missing file.
  return folder === undefined
    ? { file: own }
    : { file: join(folder, together), name: relative(folder, path).replaceAll('\\', '/') };
}

function partOf(content: Uint8Array, name: string | undefined): Uint8Array {
  if (name === undefined) return content;
  const start = content.indexOf(0x0a) + 1;
  const place = placesOfFiles.parse(parsed(content.subarray(0, start)))[name];
  if (!place) throw new Error(`${together} has no ${name}. Reinstall the extension.`);
  return content.subarray(start + place[0], start + place[0] + place[1]);
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
