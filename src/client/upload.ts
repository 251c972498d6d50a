import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { Readable } from 'node:stream';

/** A multipart body that is read from disk while it is sent. */
export interface UploadBody {
  readonly contentType: string;
  readonly length: number;
  readonly stream: ReadableStream<Uint8Array>;
}

/**
 * A form with text fields and one file, as multipart/form-data (RFC 7578). The FormData of fetch does not report upload progress.
 * @param onProgress receives the bytes of the file sent so far, and its size
 * @throws Node's error if the file cannot be read
 */
export async function uploadBody(
  fields: Iterable<readonly [string, string]>,
  file: { field: string; path: string; type: string },
  onProgress: (sent: number, total: number) => void,
): Promise<UploadBody> {
  const boundary = `codeagent-${randomBytes(16).toString('hex')}`;
  const parts = [...fields].map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const name = basename(file.path).replace(/[^\w.-]/g, '_');
  parts.push(
    `--${boundary}\r\nContent-Disposition: form-data; name="${file.field}"; filename="${name}"\r\nContent-Type: ${file.type}\r\n\r\n`,
  );
  const head = Buffer.from(parts.join(''));
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const { size } = await stat(file.path);

  async function* body(): AsyncGenerator<Uint8Array> {
    yield head;
    let sent = 0;
    for await (const chunk of createReadStream(file.path) as AsyncIterable<Buffer>) {
      yield chunk;
      sent += chunk.length;
      onProgress(sent, size);
    }
    yield tail;
  }
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: head.length + size + tail.length,
    stream: Readable.toWeb(Readable.from(body())) as ReadableStream<Uint8Array>,
  };
}
