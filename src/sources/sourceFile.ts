import type { FileStamp } from './fileStamp';

/** One file of the inventory. */
export interface SourceFile {
  /** Relative to the root, '/'-separated. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Identifies this state of the file; undefined if unknown, so that its findings are not cached. */
  readonly stamp?: FileStamp;
}

/** The total size of files, in bytes. */
export function bytesOf(files: readonly SourceFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
