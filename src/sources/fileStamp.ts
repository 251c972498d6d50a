import type { Stats } from 'node:fs';

/** A file's state without reading its content. */
export interface FileStamp {
  /** Size, times and inode: equal texts mean equal states. */
  readonly text: string;
  /** When it last changed, in ms since 1970. */
  readonly changed: number;
}

/** The coarsest resolution of a file system's time stamps, in ms: FAT has two seconds, Linux at most 10 ms. */
const clockTick = { coarse: 2_000, fine: 100 };

export function fileStamp(stats: Stats): FileStamp {
  return {
    text: [stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino].join(' '),
    changed: Math.max(stats.mtimeMs, stats.ctimeMs),
  };
}

/**
 * Whether an equal stamp proves that the content has not changed since `read`: a change within the resolution leaves the same stamp.
 * Git protects its index in the same way.
 */
export function isSettled({ changed }: FileStamp, read: number): boolean {
  return changed + (changed % 1_000 === 0 ? clockTick.coarse : clockTick.fine) < read;
}
