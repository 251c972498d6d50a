import type { Stats } from 'node:fs';

/** A file's state as its folder tells it, without its content. */
export interface FileStamp {
  /** Size, times and inode: another text is another state. */
  readonly text: string;
  /** When it last changed, in ms since 1970. */
  readonly changed: number;
}

/** Clocks of file systems tick as slowly as this, in ms: FAT counts two seconds; Linux sets finer stamps with a clock of at most 10 ms. */
const clockTick = { coarse: 2_000, fine: 100 };

export function fileStamp(stats: Stats): FileStamp {
  return {
    text: [stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino].join(' '),
    changed: Math.max(stats.mtimeMs, stats.ctimeMs),
  };
}

/**
 * Whether an equal stamp says that the content is still what it was at `read`: a change that follows within a tick of the clock leaves the same stamp.
 * Git guards its index in the same way.
 */
export function isSettled({ changed }: FileStamp, read: number): boolean {
  return changed + (changed % 1_000 === 0 ? clockTick.coarse : clockTick.fine) < read;
}
