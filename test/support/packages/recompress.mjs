import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { openPromise } from 'yauzl';
import { ZipFile } from 'yazl';

/** Compresses a zip again, as small as deflate can: vsce uses its default level, which is 3 % larger. Modes and dates stay. */
export async function recompress(file) {
  const old = await openPromise(file, { autoClose: false, lazyEntries: true });
  const packed = new ZipFile();
  try {
    for await (const entry of old.eachEntry()) {
      const content = await buffer(await old.openReadStreamPromise(entry));
      packed.addBuffer(content, entry.fileName, {
        mtime: entry.getLastModDate(),
        mode: entry.externalFileAttributes >>> 16 || 0o100644,
        compressionLevel: 9,
      });
    }
  } finally {
    old.close();
  }
  packed.end();
  await pipeline(packed.outputStream, createWriteStream(`${file}.part`));
  await rename(`${file}.part`, file);
}
