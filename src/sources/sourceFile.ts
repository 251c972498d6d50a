import type { FileStamp } from './fileStamp';

/** One file of the inventory. */
export interface SourceFile {
  /** Relative to the root, '/'-separated. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Tells this state of the file from later ones; undefined when nobody looked, so that nothing is kept of it. */
  readonly stamp?: FileStamp;
}

/** The bytes of files, all together. */
export function bytesOf(files: readonly SourceFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
