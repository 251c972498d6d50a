/** Bytes of any file in a scanned folder that we read, including lockfiles. The inventory's limit is lower, but files may grow. */
export const maxReadSize = 64 * 1024 * 1024;

/** Limits that keep hostile or broken input from taking the service down. Each is named in the error or counted in the report. */
export const defaultLimits = {
  /** Queued jobs; one more is answered with 429. */
  maxQueued: 100,
  /** Queued jobs of one submitter; one more is answered with 429. */
  maxQueuedEach: Infinity,
  /** Submissions that are read at a time, each of which may take memory for a part of its upload; the others wait. */
  maxSubmissions: Infinity,
  /** The same for one submitter. */
  maxSubmissionsEach: Infinity,
  /** Bytes of an uploaded zip. */
  maxUpload: 256 * 1024 * 1024,
  /** Milliseconds a submission may stall. */
  uploadIdle: 30_000,
  /** Bytes of any other request body. */
  maxBody: 1024 * 1024,
  /** Bytes of a submission's `include` and of its `exclude`, which may name every changed file. */
  maxPatterns: 16 * 1024 * 1024,
  /** Bytes that a zip may unpack to. */
  maxUnpacked: 1024 * 1024 * 1024,
  /** Compression ratio of a zip entry. */
  maxZipRatio: 200,
  /** Entries of a zip. */
  maxZipEntries: 100_000,
  /** Files in one scan; the rest is counted as `too_many`. */
  maxFiles: 200_000,
  /** Nested folders; anything deeper is counted as `too_deep`. */
  maxDepth: 100,
  /** Bytes of one file; a larger one is counted as `too_large`. */
  maxFileSize: 1024 * 1024,
  /** Bytes of a lockfile. Only the dependency engine reads them, and reports the ones that are too large. */
  maxLockfileSize: Infinity,
  /** Findings of one analyzer, which is stopped beyond that. */
  maxFindings: 20_000,
  /** Bytes of one job's log.txt, and of its events.ndjson. */
  maxLog: 8 * 1024 * 1024,
  /** Milliseconds from one write to a job's log to the next, where each is a request to another machine. */
  logPause: 0,
  /** Milliseconds one analyzer may run. */
  analyzerTimeout: 30 * 60_000,
  /** Milliseconds a job may run unless it sets `timeout_sec`. */
  jobTimeout: 60 * 60_000,
  /** Milliseconds an analyzer has to stop when told to; after that the job continues without it. */
  stopGrace: 700,
  /** Milliseconds between the comment lines that keep an idle stream open. */
  keepAlive: 15_000,
  /** Milliseconds between frames that differ only in percent or counts. */
  coalesce: 100,
  /** Bytes buffered for one subscriber; beyond that, it gets only the latest Job once it reads again. */
  maxSubscriberBacklog: 512 * 1024,
  /** Milliseconds after which a subscriber that reads nothing is dropped. */
  subscriberStall: 30_000,
};
export type Limits = typeof defaultLimits;
