import type { Readable } from 'node:stream';
import type { Report } from '../../protocol';
import type { Lease } from '../job/lease';

/**
 * The large parts of a job: the uploaded zip by its ID, the report and the log by the lease under which they were written, so that a worker
 * that has lost its job overwrites nothing. A path here is that of a local file of the caller, never a location in the storage.
 */
export interface Blobs {
  /**
   * Stores the upload of a job that is about to be created, as it arrives. An interrupted upload leaves nothing behind.
   * @throws the stream's error; Node's file errors, see `storageProblem`; ApiError UNAVAILABLE
   */
  putUpload(id: string, content: Readable): Promise<void>;

  /** Stores another job's upload as that of a job that is about to be created. @returns whether it existed. @throws Node's file errors */
  copyUpload(from: string, to: string): Promise<boolean>;

  /**
   * Copies a job's upload to a new file, which must only be read.
   * @param signal ends the wait for an unavailable store
   * @throws CodedError NO_UPLOAD when it no longer exists; Node's file errors; the signal's reason
   */
  fetchUpload(id: string, file: string, signal?: AbortSignal): Promise<void>;

  /**
   * Stores a job's report, replacing an earlier one. A reader sees one or the other, never a mix.
   * @param signal ends the wait for an unavailable store
   * @throws Node's file errors; the signal's reason
   */
  putReport(lease: Lease, report: Report, signal?: AbortSignal): Promise<void>;

  /** A job's report; undefined if it has none or, with a line in the service's log, if it is damaged. */
  report(lease: Lease): Promise<Report | undefined>;

  /**
   * Appends to a job's log. One call at a time per job, each with many lines: it may be a request to another machine.
   * @param lines whole lines; after an error, none of them is stored
   * @throws Node's file errors
   */
  appendLog(lease: Lease, lines: string): Promise<void>;

  /** Nothing more will come: the log may be stored as one piece. @throws Node's file errors */
  packLog(lease: Lease): Promise<void>;

  /** A job's log as far as it was stored; '' if it has none. */
  log(lease: Lease): Promise<string>;

  /** Total bytes of a job's blobs. */
  size(id: string): Promise<number>;

  /** Removes all blobs of a job, including the upload of one that was not created. */
  remove(id: string): Promise<void>;
}
