import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultLimits } from '../../src/base/limits';
import { superseded } from '../../src/service/job/stop';
import { Jobs } from '../../src/service/jobs/jobs';
import { openLocal } from '../../src/service/local/openLocal';
import { Speeds } from '../../src/service/pipeline/speeds';
import type { Queue } from '../../src/service/ports/queue';
import { gated } from './support/analyzers';
import { draft } from './support/portTests';
import { MemoryLog, until } from './support/service';

describe('a job that was overtaken', () => {
  it('runs again in the same process once the files of the earlier run are removed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'codeagent-overtaken-'));
    const root = join(folder, 'root');
    await mkdir(root);
    await writeFile(join(root, 'a.js'), '');
    const log = new MemoryLog();
    const config = { defaults: [], rulesets: {}, allow_list: [] };
    const local = await openLocal({ folder: join(folder, 'storage'), config, maxEvents: 1_000_000, log });
    let run: Parameters<Queue['work']>[1] | undefined;
    const queue: Queue = {
      add: () => Promise.resolve(),
      waiting: () => Promise.resolve(0),
      work: (_concurrency, given) => (run = given),
      cancel: () => Promise.resolve(undefined),
      close: () => Promise.resolve([]),
    };
    const { analyzer, runs, open } = gated();
    const events: string[] = [];
    let remove: () => void = () => undefined;
    const jobs = new Jobs({
      ...{ ports: { ...local, queue }, analyzers: [analyzer], limits: defaultLimits, damage: [], log },
      ...{ ruleIds: undefined, rulePacks: [], concurrency: 1, speeds: await Speeds.load(local.record.speeds, log) },
      openSource() {
        events.push('opens');
        return Promise.resolve(root);
      },
      closeSource: () =>
        new Promise((resolve) => {
          remove = () => {
            events.push('removed');
            resolve();
          };
        }),
    });
    try {
      const base = draft();
      const { job } = await local.record.jobs.create({
        ...base,
        request: { ...base.request, analyzers: [analyzer.id] },
      });
      const stopping = new AbortController();
      const first = run?.(job.job_id, stopping.signal);
      await until(() => runs.length === 1);
      stopping.abort(superseded());
      await first;
      const second = run?.(job.job_id, new AbortController().signal);
      for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      remove();
      open();
      await second;
      assert.deepEqual(events, ['opens', 'removed', 'opens']);
      assert.equal((await jobs.get(job.job_id))?.status, 'completed');
    } finally {
      remove();
      await jobs.close();
      await local.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
