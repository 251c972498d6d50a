import assert from 'node:assert/strict';
import { Pace } from '../../src/ui/scansView/pace';

describe('the pace of a tree', () => {
  it('passes the first change on at once, and those that follow together', async () => {
    const passed: number[][] = [];
    let second: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (second = resolve));
    const pace = new Pace<number>((items) => {
      passed.push(items);
      if (passed.length === 2) second();
    });
    pace.note(1);
    assert.deepEqual(passed, [[1]]);
    for (const item of [2, 3, 2]) pace.note(item);
    await done;
    assert.deepEqual(passed, [[1], [2, 3]]);
    pace.dispose();
  });

  it('leaves more than 200 ms between, and passes on all the same while changes never end', async () => {
    const at: number[] = [];
    await new Promise<void>((resolve) => {
      const pace = new Pace<number>(() => {
        at.push(performance.now());
        if (at.length < 4) return;
        clearInterval(changes);
        pace.dispose();
        resolve();
      });
      const changes = setInterval(() => pace.note(1), 10);
    });
    const gaps = at.slice(1).map((ms, index) => ms - (at[index] ?? 0));
    assert.ok(
      gaps.every((gap) => gap > 200),
      gaps.join(', '),
    );
  });
});
