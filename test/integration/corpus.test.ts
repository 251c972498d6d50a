import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { patience } from '../support/patience.mjs';

describe('the default scan of annotated code', function () {
  this.timeout(patience(60_000));

  it('finds the vulnerable lines and no safe ones', async () => {
    const run = promisify(execFile)(process.execPath, ['test/support/corpusCheck.mjs', '--built', '-v'], {
      maxBuffer: 1 << 26,
    });
    const { stdout, code } = await run.then(
      ({ stdout }) => ({ stdout, code: 0 }),
      (error: unknown) => error as { stdout: string; code: number },
    );
    assert.equal(code, 0, stdout);
  });
});
