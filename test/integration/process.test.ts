import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { runProcess } from '../../src/base/process';

describe('the process of a tool', () => {
  it('yields to the editor and the user’s other programs', async () => {
    const lines: string[] = [];
    const program = `
      const { getPriority } = require('node:os');
      const timer = setInterval(() => {
        if (getPriority() === 0) return;
        console.log(getPriority());
        clearInterval(timer);
      }, 5);`;
    await runProcess({
      command: process.execPath,
      args: ['-e', program],
      cwd: tmpdir(),
      signal: new AbortController().signal,
      onLine: (line) => lines.push(line),
      maxOutput: 1_000,
      timeoutMs: 30_000,
    });
    assert.deepEqual(lines, [process.platform === 'win32' ? '10' : '5']);
  });
});
