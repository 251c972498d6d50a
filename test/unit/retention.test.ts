import assert from 'node:assert/strict';
import { Retention } from '../../src/service/jobs/retention';
import type { EndedJob } from '../../src/service/ports/record';
import { MemoryLog } from '../integration/support/service';

const days = (count: number) => new Date(Date.now() - count * 24 * 60 * 60_000).toISOString();
const jobs: EndedJob[] = ['a', 'b', 'c', 'd'].map((id, index) => ({ id, finishedAt: days(index), bytes: 10 }));

describe('the retention of ended jobs', () => {
  const kept = async (rules: object, stuck: readonly string[] = [], all = jobs) => {
    const left = new Set(all.map(({ id }) => id));
    const retention = new Retention(
      {
        ended: () => Promise.resolve(all),
        sizeOf: ({ bytes }) => Promise.resolve(bytes ?? 0),
        remove: (id) => (stuck.includes(id) ? Promise.reject(new Error('no')) : Promise.resolve(void left.delete(id))),
      },
      { maxJobs: 10, maxAgeDays: 30, ...rules },
      new MemoryLog(),
    );
    await retention.run();
    await retention.close();
    return [...left].join('');
  };

  it('goes by number, age and bytes, and keeps the newest one', async () => {
    assert.equal(await kept({}), 'abcd');
    assert.equal(await kept({ maxJobs: 2 }), 'ab');
    assert.equal(await kept({ maxAgeDays: 2.5 }), 'abc');
    assert.equal(await kept({ maxBytes: 25 }), 'ab');
    assert.equal(await kept({ maxBytes: 5 }), 'a');
  });

  it('goes on after one that cannot be removed, but not after many', async () => {
    assert.equal(await kept({ maxJobs: 1 }, ['b']), 'ab');
    const many = Array.from({ length: 9 }, (_, n) => ({ id: String(n), finishedAt: days(n), bytes: 1 }));
    assert.equal(await kept({ maxJobs: 1 }, ['1', '2', '3', '4', '5'], many), '012345678');
  });
});
