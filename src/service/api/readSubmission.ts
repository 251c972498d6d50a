import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import { errorCode, errorMessage } from '../../base/errors';
import { ApiError } from '../errors/apiError';
import { storageProblem } from '../../base/storageError';
import type { Limits } from '../../base/limits';

/** An uploaded file. */
export interface Upload {
  /** Its base name. */
  readonly name: string;
}

/** Stores a file as it arrives. An interrupted upload leaves nothing behind. */
export type StoreUpload = (content: Readable) => Promise<void>;

export interface Submission {
  readonly fields: Readonly<Record<string, string>>;
  readonly upload: Upload | undefined;
}

/**
 * Reads a submission. A file is stored as it arrives, so that it is never in memory as a whole.
 * @throws ApiError INVALID_INPUT, PAYLOAD_TOO_LARGE, TIMEOUT, UNAVAILABLE; the caller must remove the stored part of the file
 */
export async function readSubmission(
  request: IncomingMessage,
  limits: Limits,
  store: StoreUpload,
): Promise<Submission> {
  if (request.destroyed) throw invalid('The submission cannot be read: the connection was lost.');
  const most = limits.maxUpload + limits.maxBody + 2 * limits.maxPatterns;
  if (Number(request.headers['content-length'] ?? 0) > most) throw tooLarge(limits);
  const reader = new Reader(request, limits, store);
  try {
    await reader.done;
    await Promise.all(reader.writes);
    return { fields: reader.fields, upload: reader.upload };
  } catch (error) {
    reader.stop();
    await Promise.allSettled(reader.writes);
    throw error;
  }
}

/** A submission being received. The first error ends it, without waiting for the rest of the body. */
class Reader {
  readonly fields = Object.create(null) as Record<string, string>;
  upload: Upload | undefined;
  readonly writes: Promise<void>[] = [];
  readonly done: Promise<void>;
  readonly #parser: busboy.Busboy;
  #fail: (error: Error) => void = () => undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(
    private readonly request: IncomingMessage,
    private readonly limits: Limits,
    private readonly store: StoreUpload,
  ) {
    this.#parser = openParser(request, limits);
    this.done = new Promise((resolve, reject) => {
      this.#fail = reject;
      this.#parser.on('close', resolve);
    });
    this.#listen();
    request.pipe(this.#parser);
  }

  stop(): void {
    clearTimeout(this.#idle);
    this.request.unpipe(this.#parser);
    this.#parser.destroy();
  }

  #listen(): void {
    const parser = this.#parser;
    const broken = (error: unknown) => this.#fail(invalid(`The submission cannot be read: ${errorMessage(error)}.`));
    parser.on('error', broken);
    this.request.on('error', broken);
    this.request.on('close', () => {
      if (!this.request.readableEnded) broken('the connection was lost');
      clearTimeout(this.#idle);
    });
    this.request.on('end', () => clearTimeout(this.#idle));
    const waitForMore = () => {
      clearTimeout(this.#idle);
      this.#idle = setTimeout(() => {
        this.#fail(new ApiError('TIMEOUT', 'The submission stalled.'));
      }, this.limits.uploadIdle);
    };
    waitForMore();
    this.request.on('data', waitForMore);
    parser.on('filesLimit', () => this.#fail(invalid('A submission can contain only one file.')));
    for (const limit of ['fieldsLimit', 'partsLimit'] as const)
      parser.on(limit, () => this.#fail(invalid('The submission has too many parts.')));
    parser.on('field', (name, value, info) => {
      const most = patternFields.has(name) ? this.limits.maxPatterns : this.limits.maxBody;
      if (info.nameTruncated) this.#fail(new ApiError('PAYLOAD_TOO_LARGE', "A field's name is too long."));
      else if (info.valueTruncated || Buffer.byteLength(value) > most)
        this.#fail(new ApiError('PAYLOAD_TOO_LARGE', `The field ${name} is longer than ${most} bytes.`));
      else if (name in this.fields) this.#fail(invalid(`The field ${name} occurs twice.`));
      else this.fields[name] = value;
    });
    parser.on('file', (name, stream, info) => {
      stream.on('error', broken);
      if (name === 'file') this.#take(stream, info.filename);
      else {
        stream.resume();
        this.#fail(invalid('The file must be in the part "file".'));
      }
    });
  }

  #take(stream: Readable, filename: string | undefined): void {
    this.upload = { name: (filename || 'upload.zip').replace(/\p{Cc}/gu, '').slice(0, 200) };
    stream.on('limit', () => this.#fail(tooLarge(this.limits)));
    const written = this.store(stream);
    this.writes.push(written);
    written.catch((error: unknown) => {
      if (error instanceof ApiError) {
        this.#fail(error);
        return;
      }
      const why = storageProblem(error) ?? errorCode(error) ?? 'the connection was lost';
      this.#fail(new ApiError('UNAVAILABLE', `The upload cannot be stored: ${why}.`));
    });
  }
}

/** Fields that hold a list of patterns, which may be long. */
const patternFields: ReadonlySet<string> = new Set(['include', 'exclude']);

function openParser(request: IncomingMessage, { maxUpload, maxBody, maxPatterns }: Limits): busboy.Busboy {
  const fieldSize = Math.max(maxBody, maxPatterns);
  const limits = { fileSize: maxUpload, files: 1, fields: 40, fieldNameSize: 100, fieldSize, headerPairs: 50 };
  try {
    return busboy({ headers: request.headers, defParamCharset: 'utf8', limits });
  } catch (error) {
    throw invalid(`A submission must be multipart/form-data: ${errorMessage(error)}.`);
  }
}

function invalid(message: string): ApiError {
  return new ApiError('INVALID_INPUT', message);
}

function tooLarge(limits: Limits): ApiError {
  return new ApiError('PAYLOAD_TOO_LARGE', `The upload is larger than ${limits.maxUpload} bytes.`);
}
