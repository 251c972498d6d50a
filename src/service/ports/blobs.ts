import type { Readable } from 'node:stream';
import type { Report } from '../../protocol';
import type { Lease } from '../job/lease';

/**
 * The large pieces of a job: the uploaded zip by its id, the report and the log by the lease that they were written under, so that a worker which has lost its
 * job overwrites nothing. A path here is that of a file of the caller's on this machine, never a place in the storage.
 */
export interface Blobs {
  /**
   * Stores the upload of a job that is about to be created, as it comes. Nothing is left of one that breaks off.
   * @throws the stream's error; Node's file errors, see `storageProblem`; ApiError UNAVAILABLE
   */
  putUpload(id: string, content: Readable): Promise<void>;

  /** Stores the upload of another job as that of a job that is about to be created. @returns whether it was there. @throws Node's file errors */
  copyUpload(from: string, to: string): Promise<boolean>;

  /**
   * Puts a job's upload into a new file, to be read only.
   * @param signal ends the wait for a store that is away
   * @throws CodedError NO_UPLOAD when it is gone; Node's file errors; the signal's reason
   */
  fetchUpload(id: string, file: string, signal?: AbortSignal): Promise<void>;

  /**
   * Stores a job's report, instead of an earlier one. A reader finds one or the other, whole.
   * @param signal ends the wait for a store that is away
   * @throws Node's file errors; the signal's reason
   */
  putReport(lease: Lease, report: Report, signal?: AbortSignal): Promise<void>;

  /** A job's report; undefined if it has none or, with a line in the service's log, if it is damaged. */
  report(lease: Lease): Promise<Report | undefined>;

  /**
   * Appends to a job's log. One call at a time for a job, each with many lines: it may be a request to another machine.
   * @param lines whole lines; after an error, none of them is stored
   * @throws Node's file errors
   */
  appendLog(lease: Lease, lines: string): Promise<void>;

  /** Nothing more will come: the log may be stored as one piece. @throws Node's file errors */
  packLog(lease: Lease): Promise<void>;

  /** A job's log as far as it was stored; '' if it has none. */
  log(lease: Lease): Promise<string>;

  /** Bytes of all blobs of a job. */
  size(id: string): Promise<number>;

  /** Removes all blobs of a job, including the upload of one that was not created. */
  remove(id: string): Promise<void>;
}
