import { isUtf8 } from 'node:buffer';
import { readBoundedSync } from '../../base/boundedFile';
import { defaultLimits } from '../../base/limits';

/**
 * Reads a source file as an editor does, without its byte order mark: as UTF-8, as UTF-16 if it has that mark, otherwise as windows-1252, which
 * includes Latin-1 and never fails. Only for worker threads and processes: it blocks, and takes a fifth of the time of asynchronous reading.
 * @throws Node's error when the file cannot be read
 */
export function readSource(path: string): string {
  return decodeSource(readBytes(path));
}

/**
 * Reads the bytes of a source file up to the inventory's limit: see {@link readBoundedSync}.
 * @throws CodedError OVER_LIMIT when it has grown since, NO_PLAIN_FILE; Node's error when it cannot be read
 */
export function readBytes(path: string, limit = defaultLimits.maxFileSize): Buffer {
  return readBoundedSync(path, { maxBytes: limit });
}

export function decodeSource(content: Buffer): string {
  if (content[0] === 0xff && content[1] === 0xfe) return new TextDecoder('utf-16le').decode(content);
  if (content[0] === 0xfe && content[1] === 0xff) return new TextDecoder('utf-16be').decode(content);
  return new TextDecoder(isUtf8(content) ? 'utf-8' : 'windows-1252').decode(content);
}
