import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { overLimit, readBounded } from '../../src/base/boundedFile';
import { reportFailed } from '../../src/engines/engine/failedFiles';
import { readBytes } from '../../src/engines/engine/readSource';

describe('reading a file of a scanned folder', () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), 'codeagent-read-'))));
  after(() => rm(folder, { recursive: true }));

  const reads: [string, (path: string, limit: number) => Promise<Buffer> | Buffer][] = [
    ['readBytes', (path, limit) => readBytes(path, limit)],
    ['readBounded', (path, maxBytes) => readBounded(path, { maxBytes })],
  ];
  for (const [name, read] of reads) {
    const outcome = async (path: string, limit: number) => {
      try {
        return (await read(path, limit)).length;
      } catch (error) {
        return (error as { code?: string }).code ?? (error as Error).message;
      }
    };

    it(`${name} never reads more than the limit`, async () => {
      const path = join(folder, 'a');
      for (const [size, says] of [
        [0, 0],
        [1, 1],
        [99, 99],
        [100, 100],
        [101, overLimit],
        [100_000, overLimit],
      ] as const) {
        await writeFile(path, 'x'.repeat(size));
        assert.equal(await outcome(path, 100), says, String(size));
      }
    });

    it(`${name} does not trust a size: a file that continues beyond it is skipped`, async function () {
      // Files in /proc claim to be empty.
      if (process.platform !== 'linux') this.skip();
      assert.equal(await outcome('/proc/self/smaps', 100), overLimit);
      const whole = await outcome('/proc/self/cmdline', 100_000);
      assert.ok(typeof whole === 'number' && whole > 0);
    });

    it(`${name} reads only regular files`, async function () {
      if (process.platform === 'win32') this.skip();
      const [fifo, link] = [join(folder, `${name}.fifo`), join(folder, `${name}.link`)];
      execFileSync('mkfifo', [fifo]);
      await symlink('/etc/passwd', link);
      assert.equal(await outcome(fifo, 100), 'NO_PLAIN_FILE');
      assert.equal(await outcome(folder, 100), 'NO_PLAIN_FILE');
      assert.equal(await outcome(link, 100), 'ELOOP');
    });
  }

  it('unreadable files are reported by kind', () => {
    const gaps: [string, readonly string[] | undefined][] = [];
    const run = {
      gap: (kind: string, _reason: string, files?: readonly string[]) => void gaps.push([kind, files]),
      log: () => undefined,
    };
    const failed = { a: overLimit, b: 'EACCES', c: 'NO_PLAIN_FILE', d: 'it is nested too deeply' };
    reportFailed(
      run,
      Object.entries(failed).map(([file, reason]) => ({ file, reason })),
    );
    assert.deepEqual(gaps, [
      ['over_limit', ['a']],
      ['unreadable', ['b', 'c']],
      ['unfinished', ['d']],
    ]);
  });
});
