import type { Report } from '../../protocol';

/**
 * The large pieces of a job, by its id: the uploaded zip, the report, the log. A path here is that of a file of the caller's on this machine, never a place in the
 * storage.
 */
export interface Blobs {
  /**
   * Stores a file as the upload of a job that is about to be created. The file may be gone afterwards.
   * @throws Node's file errors; see `storageProblem`
   */
  putUpload(id: string, file: string): Promise<void>;

  /** Stores the upload of another job as that of a job that is about to be created. @returns whether it was there. @throws Node's file errors */
  copyUpload(from: string, to: string): Promise<boolean>;

  /**
   * Puts a job's upload into a new file, to be read only.
   * @throws CodedError NO_UPLOAD when it is gone; Node's file errors
   */
  fetchUpload(id: string, file: string): Promise<void>;

  /** Stores a job's report, instead of an earlier one. A reader finds one or the other, whole. @throws Node's file errors */
  putReport(id: string, report: Report): Promise<void>;

  /** A job's report; undefined if it has none or, with a line in the service's log, if it is damaged. */
  report(id: string): Promise<Report | undefined>;

  /**
   * Appends to a job's log. One call at a time for a job, each with many lines: it may be a request to another machine.
   * @param lines whole lines; after an error, none of them is stored
   * @throws Node's file errors
   */
  appendLog(id: string, lines: string): Promise<void>;

  /** A job's log as far as it was stored; '' if it has none. */
  log(id: string): Promise<string>;

  /** Removes all blobs of a job, including the upload of one that was not created. */
  remove(id: string): Promise<void>;
}
