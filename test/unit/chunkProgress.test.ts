import assert from 'node:assert/strict';
import { ChunkProgress } from '../../src/engines/patterns/chunkProgress';

const file = (path: string, size: number) => ({ path, size });

/** The progress reported to a run, as [files, bytes]. */
function watch(...chunks: ReturnType<typeof file>[][]) {
  const told: [number, number][] = [];
  const progress = new ChunkProgress({ progress: (files, bytes) => told.push([files, bytes ?? 0]) }, chunks);
  return { progress, told };
}

describe('the progress of the pattern rules', () => {
  const large = [file('a.js', 1_000_000), file('b.js', 1_000_000), file('c.js', 1_000_000)];
  const small = [file('a.py', 1000)];

  it('moves with every file and ends with all bytes', () => {
    const { progress, told } = watch(large, small);
    progress.begin(large, large);
    for (const one of large.slice(0, 2)) progress.done(large, one);
    progress.end(large);
    progress.begin(small, small);
    progress.end(small);
    assert.deepEqual(
      told.map(([files]) => files),
      [1, 2, 3, 4],
    );
    const bytes = told.map((one) => one[1]);
    assert.deepEqual(
      bytes,
      bytes.toSorted((a, b) => a - b),
    );
    assert.ok(bytes[0]! > 900_000 && bytes[0]! < 1_200_000, String(bytes));
    assert.equal(bytes.at(-1), 3_001_000);
    // Starting the program is a part of the work.
    assert.ok(bytes[2]! < 2_950_000, String(bytes));
  });

  it('counts files in which no rule can match as no work', () => {
    const { progress, told } = watch(large, [file('d.js', 3_000_000)]);
    progress.begin(large, []);
    progress.end(large);
    assert.deepEqual(told, [[3, 0]]);
  });

  it('counts a file that is searched twice as one at most', () => {
    const { progress, told } = watch(large);
    progress.begin(large, large);
    for (const one of [...large, ...large]) progress.done(large, one);
    assert.ok(told.every(([, bytes]) => bytes <= 3_000_000));
  });
});
