import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLog, storedLog, storedReport } from '../../src/client/storedJob';

describe('a stored job', () => {
  let storage: string;
  before(async () => {
    storage = await mkdtemp(join(tmpdir(), 'codeagent-stored-'));
    await mkdir(join(storage, 'jobs', 'half'), { recursive: true });
    await writeFile(join(storage, 'jobs', 'half', 'report.json'), '{"meta":');
    await writeFile(join(storage, 'jobs', 'half', 'log.txt'), '2026-01-02T03:04:05.678Z warning [ruff] [a] b\n');
    await writeFile(join(storage, 'report.json'), '{}');
  });
  after(() => rm(storage, { recursive: true, force: true }));

  it('has no report if the file is missing, truncated or elsewhere', async () => {
    assert.equal(await storedReport(storage, 'unknown'), undefined);
    assert.equal(await storedReport(storage, 'half'), undefined);
    assert.equal(await storedReport(storage, '..'), undefined);
    assert.equal(await storedLog(storage, '../jobs/half'), undefined);
  });

  it('has a log with levels and analyzers', async () => {
    assert.deepEqual(parseLog((await storedLog(storage, 'half')) ?? ''), [
      { ts: '2026-01-02T03:04:05.678Z', level: 'warning', analyzer: 'ruff', message: '[a] b' },
    ]);
  });

  it('has a plain log if another service wrote it', () => {
    assert.deepEqual(parseLog('Starting\r\n\n2026-01-02T03:04:05Z fatal [scan] over\n'), [
      { ts: '', level: 'info', analyzer: null, message: 'Starting' },
      { ts: '2026-01-02T03:04:05Z', level: 'info', analyzer: null, message: 'over' },
    ]);
  });
});
