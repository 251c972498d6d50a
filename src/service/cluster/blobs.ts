import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { report as reportSchema, type Report } from '../../protocol';
import { abortReason, delay, withDeadline } from '../../base/abort';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import type { Logger } from '../../base/logger';
import { storageProblem } from '../../base/storageError';
import { ApiError } from '../errors/apiError';
import { isJobId } from '../job/jobId';
import type { Blobs } from '../ports/blobs';
import type { Lease } from '../job/lease';
import type { ClusterConfig } from './config';
import {
  AbortMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  Upload,
} from './libraries';
import { isUnavailable, unavailable } from './unavailable';

/** Bytes of one part of an upload, and how many parts are in memory at once. */
const partBytes = 8 * 1024 * 1024;
const partsAtOnce = 2;
/** Bytes of a report, unpacked. */
const maxReport = 512 * 1024 * 1024;
/** Before the name of the last piece of a log, in that of all of them as one object: it sorts before all pieces. */
const packedPrefix = '0-';
/** Log pieces that are read at once. */
const piecesAtOnce = 16;
const retryMs = 1_000;

export interface ClusterBlobsOptions {
  readonly config: ClusterConfig;
  /** How long to wait for an unavailable store, in ms: briefly for a request, longer for a scan of several minutes. */
  readonly patienceMs: number;
  /** How often a failed request is retried before that. Only the library can resend a stream. */
  readonly attempts: number;
  /** Milliseconds of silence after which a request has failed for good. */
  readonly silenceMs: number;
  readonly closing: AbortSignal;
  readonly log: Logger;
}

/** The large parts of jobs as objects in an S3-compatible store: `<namespace>/<job>/source.zip`, and `<job>/<attempt>/` with report and log. */
export class ClusterBlobs implements Blobs {
  readonly #options: ClusterBlobsOptions;
  readonly #client: S3Client;
  readonly #bucket: string;
  /** Numbers the pieces of a log in order. */
  #piece = 0;
  /** When the newest piece was written, in ms since 1970: never less than before, even if the clock is set back. */
  #pieceAt = 0;

  constructor(options: ClusterBlobsOptions) {
    this.#options = options;
    const { endpoint, bucket, region, accessKeyId, secretAccessKey } = options.config.blobs;
    this.#bucket = bucket;
    this.#client = new S3Client({
      region,
      ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
      ...(accessKeyId !== undefined &&
        secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey } }),
      // Not every vendor supports the newer checksums.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: options.attempts,
      requestHandler: { connectionTimeout: 3_000, socketTimeout: options.silenceMs },
    });
    // The library would ask a store that says nothing again and again, and each time wait as long.
    this.#client.middlewareStack.add(
      (next) => (args) =>
        next(args).catch((error: unknown) => {
          if (!(error instanceof Error) || error.name !== 'TimeoutError') throw error;
          throw Object.assign(new Error('It does not answer.', { cause: error }), { code: 'SILENT' });
        }),
      { step: 'finalizeRequest', priority: 'low' },
    );
  }

  /** Creates the bucket if there is none. @throws ApiError UNAVAILABLE; the store's errors */
  async prepare(): Promise<void> {
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }));
    } catch (error) {
      // The response to HEAD has no body, and so no code.
      if (statusOf(error) !== 404) throw this.#translated(error);
      await this.#client.send(new CreateBucketCommand({ Bucket: this.#bucket })).catch((failed: unknown) => {
        throw this.#translated(failed);
      });
    }
  }

  /** Resolves if the store responds and has the bucket. @throws ApiError UNAVAILABLE */
  async ping(signal: AbortSignal): Promise<void> {
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }), { abortSignal: signal });
    } catch (error) {
      throw this.#translated(error);
    }
  }

  async putUpload(id: string, content: Readable): Promise<void> {
    const upload = new Upload({
      client: this.#client,
      params: { Bucket: this.#bucket, Key: this.#key(id, 'source.zip'), Body: content },
      partSize: partBytes,
      queueSize: partsAtOnce,
    });
    try {
      await upload.done();
    } catch (error) {
      // The stream's own error: the client disconnected, or sent too much.
      if (content.errored) throw content.errored;
      throw this.#translated(error);
    }
    // Otherwise it would look complete.
    if (!content.readableEnded) throw new CodedError('BROKEN', 'The upload was interrupted.');
  }

  async copyUpload(from: string, to: string): Promise<boolean> {
    const source = `${this.#bucket}/${this.#key(from, 'source.zip')}`;
    try {
      await this.#send((client) =>
        client.send(
          new CopyObjectCommand({ Bucket: this.#bucket, Key: this.#key(to, 'source.zip'), CopySource: source }),
        ),
      );
      return true;
    } catch (error) {
      if (isNoObject(error)) return false;
      throw error;
    }
  }

  async fetchUpload(id: string, file: string, signal?: AbortSignal): Promise<void> {
    const Key = this.#key(id, 'source.zip');
    try {
      await this.#send(async (client, options) => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: this.#bucket, Key }), options);
        await rm(file, { force: true });
        const target = createWriteStream(file, { flags: 'wx', mode: 0o600 });
        await pipeline(Body as Readable, target, { signal: options.abortSignal });
      }, signal);
    } catch (error) {
      if (isNoObject(error)) throw new CodedError('NO_UPLOAD', 'The upload of this job no longer exists.');
      throw error;
    }
  }

  async putReport(lease: Lease, report: Report, signal?: AbortSignal): Promise<void> {
    const Body = await promisify(gzip)(JSON.stringify(report));
    await this.#put(this.#key(lease.id, `${lease.attempt}/report.json.gz`), Body, signal);
  }

  async report(lease: Lease): Promise<Report | undefined> {
    let bytes: Buffer;
    try {
      bytes = await this.#get(this.#key(lease.id, `${lease.attempt}/report.json.gz`));
    } catch (error) {
      if (isNoObject(error)) return undefined;
      throw error;
    }
    try {
      const text = (await promisify(gunzip)(bytes, { maxOutputLength: maxReport })).toString('utf8');
      return reportSchema.parse(JSON.parse(text));
    } catch (error) {
      this.#options.log.warn(`The report of job ${lease.id} is damaged: ${errorMessage(error)}`);
      return undefined;
    }
  }

  async appendLog({ id, attempt }: Lease, lines: string): Promise<void> {
    this.#piece += 1;
    this.#pieceAt = Math.max(this.#pieceAt, Date.now());
    const order = `${String(this.#pieceAt).padStart(15, '0')}-${String(this.#piece).padStart(9, '0')}`;
    await this.#put(this.#key(id, `${attempt}/log/${order}`), Buffer.from(lines));
  }

  async packLog({ id, attempt }: Lease): Promise<void> {
    const { packed, pieces } = await this.#logKeys(id, attempt);
    const last = pieces.at(-1);
    if (last === undefined || pieces.length + (packed === undefined ? 0 : 1) < 2) return;
    const whole = await this.#read([...(packed === undefined ? [] : [packed]), ...pieces]);
    await this.#put(this.#key(id, `${attempt}/log/${packedPrefix}${nameOf(last)}`), Buffer.from(whole));
    await this.#delete([...(packed === undefined ? [] : [packed]), ...pieces]);
  }

  async log({ id, attempt }: Lease): Promise<string> {
    const { packed, pieces } = await this.#logKeys(id, attempt);
    try {
      return await this.#read([...(packed === undefined ? [] : [packed]), ...pieces]);
    } catch (error) {
      if (!isNoObject(error)) throw error;
      // It has just been packed.
      return this.log({ id, attempt });
    }
  }

  /** The keys of a log, in order: the packed part, and the pieces that came after it. */
  async #logKeys(id: string, attempt: number): Promise<{ packed: string | undefined; pieces: string[] }> {
    const keys: string[] = [];
    for await (const page of this.#pages(this.#key(id, `${attempt}/log/`))) keys.push(...page.map(({ key }) => key));
    const isPacked = (key: string) => nameOf(key).startsWith(packedPrefix);
    const packed = keys.filter(isPacked).sort().at(-1);
    const last = packed === undefined ? '' : nameOf(packed).slice(packedPrefix.length);
    return { packed, pieces: keys.filter((key) => !isPacked(key) && nameOf(key) > last).sort() };
  }

  /** Objects, one after the other, as one text. @throws the store's NoSuchKey; ApiError UNAVAILABLE */
  async #read(keys: readonly string[]): Promise<string> {
    const texts: string[] = [];
    for (let from = 0; from < keys.length; from += piecesAtOnce) {
      const some = await Promise.all(keys.slice(from, from + piecesAtOnce).map((key) => this.#get(key)));
      texts.push(...some.map((bytes) => bytes.toString('utf8')));
    }
    return texts.join('');
  }

  async size(id: string): Promise<number> {
    let bytes = 0;
    for await (const page of this.#pages(this.#key(id, ''))) for (const { size } of page) bytes += size;
    return bytes;
  }

  async remove(id: string): Promise<void> {
    for await (const page of this.#pages(this.#key(id, ''))) await this.#delete(page.map(({ key }) => key));
  }

  /**
   * Removes objects that belong to no job: uploads of nodes that died before recording the job, and parts of such uploads.
   * @param known returns which of these jobs are in the record
   * @param ageMs younger ones may be about to be recorded
   */
  async removeOrphans(known: (ids: readonly string[]) => Promise<ReadonlySet<string>>, ageMs: number): Promise<void> {
    const before = Date.now() - ageMs;
    const prefix = `${this.#options.config.namespace}/`;
    const { Uploads = [] } = await this.#send((client) =>
      client.send(new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: prefix })),
    );
    for (const { Key, UploadId, Initiated } of Uploads)
      if (Key !== undefined && (Initiated?.getTime() ?? 0) < before)
        await this.#send((client) =>
          client.send(new AbortMultipartUploadCommand({ Bucket: this.#bucket, Key, UploadId })),
        );
    const idOf = (key: string) => key.slice(prefix.length).split('/')[0] ?? '';
    for await (const page of this.#pages(prefix)) {
      const old = page.flatMap(({ key, at }) => (at < before && isJobId(idOf(key)) ? key : []));
      const there = await known([...new Set(old.map(idOf))]);
      await this.#delete(old.filter((key) => !there.has(idOf(key))));
    }
  }

  dispose(): void {
    this.#client.destroy();
  }

  async #put(Key: string, Body: Buffer, signal?: AbortSignal): Promise<void> {
    const command = () => new PutObjectCommand({ Bucket: this.#bucket, Key, Body });
    await this.#send((client, options) => client.send(command(), options), signal);
  }

  /** @throws the store's NoSuchKey; ApiError UNAVAILABLE */
  #get(Key: string): Promise<Buffer> {
    return this.#send(async (client) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: this.#bucket, Key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    });
  }

  /** The keys in the store under a prefix, a thousand at a time, since there may be millions. */
  async *#pages(Prefix: string): AsyncGenerator<{ key: string; size: number; at: number }[]> {
    let ContinuationToken: string | undefined;
    do {
      const page = await this.#send((client) =>
        client.send(new ListObjectsV2Command({ Bucket: this.#bucket, Prefix, ContinuationToken })),
      );
      yield (page.Contents ?? []).flatMap(({ Key: key, Size: size = 0, LastModified }) =>
        key === undefined ? [] : { key, size, at: LastModified?.getTime() ?? 0 },
      );
      ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined);
  }

  async #delete(keys: readonly string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += 1000) {
      const Objects = keys.slice(from, from + 1000).map((Key) => ({ Key }));
      const { Errors = [] } = await this.#send((client) =>
        client.send(new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } })),
      );
      const [first] = Errors;
      if (first)
        throw unavailable('the blob store', new Error(first.Message ?? first.Code ?? 'it did not delete an object'));
    }
  }

  /**
   * Sends a request, and retries while the store is unavailable, until this process ends.
   * @throws ApiError UNAVAILABLE, PAYLOAD_TOO_LARGE; the store's NoSuchKey; errors of files on this machine; the signal's reason, as soon as it fires
   */
  async #send<T>(
    ask: (client: S3Client, options: { readonly abortSignal: AbortSignal }) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const { patienceMs, closing } = this.#options;
    const end = performance.now() + patienceMs;
    for (;;) {
      try {
        // The library waits between its attempts, even if its caller has given up.
        return await withDeadline(Infinity, closing, () =>
          withDeadline(Infinity, signal, (abortSignal) => ask(this.#client, { abortSignal })),
        );
      } catch (error) {
        if (signal?.aborted) throw abortReason(signal);
        const problem = this.#translated(error);
        if (!isUnavailable(problem) || performance.now() + retryMs > end || closing.aborted) throw problem;
        await delay(retryMs, signal ?? closing).catch(() => undefined);
      }
    }
  }

  /**
   * A missing object is a valid answer, as is that one is too large, and an error of a local file is not the store's fault. Anything else
   * means that the store is unusable: it may be down, have lost its bucket, reject our key, or be something else at its address.
   */
  #translated(error: unknown): unknown {
    if (error instanceof CodedError || isNoObject(error)) return error;
    if (error instanceof Error && (storageProblem(error) !== undefined || errorCode(error) === 'ENOENT')) return error;
    const name = error instanceof Error ? error.name : '';
    const status = statusOf(error);
    if (errorCode(error) === 'SILENT') return unavailable('the blob store', error, 'it does not answer');
    if (name === 'EntityTooLarge' || status === 413)
      return new ApiError('PAYLOAD_TOO_LARGE', 'It is larger than the blob store accepts.');
    if (name === 'NoSuchBucket' || (name === 'NotFound' && status === 404))
      return unavailable('the blob store', error, `it has no bucket "${this.#bucket}"`);
    if (status === 401 || status === 403) return unavailable('the blob store', error, `it rejects our key: ${name}`);
    return unavailable('the blob store', error, status === undefined ? undefined : `it answered ${status} ${name}`);
  }

  #key(id: string, name: string): string {
    return `${this.#options.config.namespace}/${id}/${name}`;
  }
}

/** The last part of a key. */
function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** The HTTP status of an error of the store; undefined if it did not answer. */
function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  return (error.$metadata as { httpStatusCode?: number }).httpStatusCode;
}

/** Whether the store said that it has no such object. Any server may respond with 404. */
function isNoObject(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoSuchKey';
}
