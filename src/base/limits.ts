/** Bytes of any file of a scanned folder, lockfiles among them, that we read ourselves; what the inventory takes is smaller, but may have grown. */
export const maxReadSize = 64 * 1024 * 1024;

/** Bounds that keep hostile or broken input from taking the service down. Every one is told in the error or counted in the report. */
export const defaultLimits = {
  /** Jobs that may wait; one more answers 429. */
  maxQueued: 100,
  /** Bytes of an uploaded zip. */
  maxUpload: 256 * 1024 * 1024,
  /** Milliseconds a submission may go without a byte. */
  uploadIdle: 30_000,
  /** Bytes of any other request body. */
  maxBody: 1024 * 1024,
  /** Bytes of a submission's `include`, and of its `exclude`: they may name each file that was changed. */
  maxPatterns: 16 * 1024 * 1024,
  /** Bytes all files of a zip may unpack to. */
  maxUnpacked: 1024 * 1024 * 1024,
  /** Unpacked bytes for each packed byte of a zip entry. */
  maxZipRatio: 200,
  /** Entries of a zip. */
  maxZipEntries: 100_000,
  /** Files one scan takes; the rest is counted as `too_many`. */
  maxFiles: 200_000,
  /** Folders below each other; what lies deeper is counted as `too_deep`. */
  maxDepth: 100,
  /** Bytes of one file; a larger one is counted as `too_large`. */
  maxFileSize: 1024 * 1024,
  /** Bytes of a lockfile. Only what looks up dependencies reads those, and says itself which are too large for it. */
  maxLockfileSize: Infinity,
  /** Findings of one analyzer; it is stopped when it has more. */
  maxFindings: 20_000,
  /** Bytes of one job's log.txt, and of its events.ndjson. */
  maxLog: 8 * 1024 * 1024,
  /** Milliseconds one analyzer may run. */
  analyzerTimeout: 30 * 60_000,
  /** Milliseconds a job may run that names no `timeout_sec`. */
  jobTimeout: 60 * 60_000,
  /** Milliseconds an analyzer has to end after it was told to; then the job goes on without it. */
  stopGrace: 700,
  /** Milliseconds between two comment lines that keep a silent stream open. */
  keepAlive: 15_000,
  /** Milliseconds between two frames that differ only in percent or counts. */
  coalesce: 100,
  /** Bytes that may wait in one subscriber's socket; beyond, it only gets the latest Job once it reads again. */
  maxSubscriberBacklog: 512 * 1024,
  /** Milliseconds after which a subscriber is dropped that takes nothing of what waits for it. */
  subscriberStall: 30_000,
};
export type Limits = typeof defaultLimits;
