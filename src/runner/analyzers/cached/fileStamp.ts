import type { Stats } from 'node:fs';

/** A file's state as its folder tells it, without its content. */
export interface FileStamp {
  /** Size, times and inode: another text is another state. */
  readonly text: string;
  /** When it last changed, in ms since 1970. */
  readonly changed: number;
}

/** Clocks of file systems tick as slowly as this, in ms (FAT); a change that follows within a tick leaves the same stamp. */
const clockTick = 2_000;

export function fileStamp(stats: Stats): FileStamp {
  return {
    text: [stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino].join(' '),
    changed: Math.max(stats.mtimeMs, stats.ctimeMs),
  };
}

/** Whether an equal stamp says that the content is still what it was at `read`; git guards its index in the same way. */
export function isSettled(stamp: FileStamp, read: number): boolean {
  return stamp.changed + clockTick < read;
}
