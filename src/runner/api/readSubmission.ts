import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import { errorMessage } from '../../base/errors';
import { ApiError } from '../apiError';
import type { Limits } from '../limits';

/** A file that was sent, on disk. */
export interface Upload {
  readonly path: string;
  /** The file's own name, without folders. */
  readonly name: string;
}

export interface Submission {
  readonly fields: Readonly<Record<string, string>>;
  readonly upload: Upload | undefined;
}

/**
 * Reads a submission. A file goes to `folder` as it comes, so that its size costs no memory.
 * @throws ApiError INVALID_INPUT, PAYLOAD_TOO_LARGE; no file is left then
 */
export async function readSubmission(request: IncomingMessage, folder: string, limits: Limits): Promise<Submission> {
  if (Number(request.headers['content-length'] ?? 0) > limits.maxUpload + limits.maxBody) throw tooLarge(limits);
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  let upload: Upload | undefined;
  let problem: ApiError | undefined;
  const writes: Promise<void>[] = [];
  const fail = (error: ApiError) => (problem ??= error);

  let parser;
  try {
    parser = busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: {
        fileSize: limits.maxUpload,
        files: 1,
        fields: 40,
        fieldNameSize: 100,
        fieldSize: limits.maxBody,
        headerPairs: 50,
      },
    });
  } catch (error) {
    throw new ApiError('INVALID_INPUT', `A submission is multipart/form-data: ${errorMessage(error)}.`);
  }
  parser.on('field', (name, value, info) => {
    if (info.valueTruncated || info.nameTruncated)
      fail(new ApiError('PAYLOAD_TOO_LARGE', `The field ${name} is too long.`));
    else if (name in fields) fail(new ApiError('INVALID_INPUT', `The field ${name} is there twice.`));
    else fields[name] = value;
  });
  parser.on('file', (name, stream, info) => {
    if (name !== 'file') {
      fail(new ApiError('INVALID_INPUT', 'A file goes into the part "file".'));
      stream.resume();
      return;
    }
    const path = join(folder, `${randomUUID()}.zip`);
    upload = { path, name: (info.filename || 'upload.zip').replace(/[\p{Cc}]/gu, '').slice(0, 200) };
    stream.on('limit', () => {
      fail(tooLarge(limits));
      stream.destroy(problem);
    });
    writes.push(
      mkdir(folder, { recursive: true, mode: 0o700 })
        .then(() => pipeline(stream, createWriteStream(path, { flags: 'wx', mode: 0o600 })))
        .catch((error: unknown) => {
          fail(new ApiError('INVALID_INPUT', `The upload broke off: ${errorMessage(error)}`));
        }),
    );
  });
  for (const limit of ['fieldsLimit', 'filesLimit', 'partsLimit'] as const)
    parser.on(limit, () => fail(new ApiError('INVALID_INPUT', 'There are too many parts.')));

  try {
    await pipeline(request, parser);
  } catch (error) {
    fail(new ApiError('INVALID_INPUT', `The submission cannot be read: ${errorMessage(error)}.`));
  }
  await Promise.all(writes);
  if (!problem) return { fields, upload };
  if (upload) await rm(upload.path, { force: true });
  throw problem;
}

function tooLarge(limits: Limits): ApiError {
  return new ApiError('PAYLOAD_TOO_LARGE', `An upload has at most ${limits.maxUpload} bytes.`);
}
