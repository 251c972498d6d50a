import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import assert from 'node:assert/strict';
import { patience } from '../support/patience.mjs';

describe('the cost of the pattern rules', () => {
  it('grows in proportion to the file', async function () {
    // Only Linux reports a process's CPU time, and elapsed time says nothing on a busy machine.
    if (process.platform !== 'linux') this.skip();
    this.timeout(patience(300_000));
    // In a separate process, since it finds ast-grep next to its own source.
    const run = promisify(execFile)(process.execPath, ['test/support/ruleCost.mjs', '--built'], { maxBuffer: 1 << 26 });
    const result: { stdout: string; code?: number } = await run.catch(
      (error: unknown) => error as { stdout: string; code: number },
    );
    assert.equal(result.code ?? 0, 0, result.stdout);
    assert.equal(result.stdout.match(/^\w+: \d+ ms, \d+ ms, ratio/gm)?.length, 18, result.stdout);
  });
});
