import type { SourceFile } from '../sources/sourceFile';

/** Cuts a list of files into batches of a size that takes a fraction of a second, so that progress is steady. */
export function* batches(files: readonly SourceFile[], maxFiles = 100, maxBytes = 2_000_000): Generator<SourceFile[]> {
  let batch: SourceFile[] = [];
  let bytes = 0;
  for (const file of files) {
    if (batch.length > 0 && (batch.length === maxFiles || bytes + file.size > maxBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(file);
    bytes += file.size;
  }
  if (batch.length > 0) yield batch;
}
