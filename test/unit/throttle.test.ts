import assert from 'node:assert/strict';
import { Throttle } from '../../src/ui/scansView/throttle';

describe('the throttle of a tree', () => {
  it('passes on the first change at once, and later ones in batches', async () => {
    const passed: number[][] = [];
    let second: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (second = resolve));
    const throttle = new Throttle<number>((items) => {
      passed.push(items);
      if (passed.length === 2) second();
    });
    throttle.add(1);
    assert.deepEqual(passed, [[1]]);
    for (const item of [2, 3, 2]) throttle.add(item);
    await done;
    assert.deepEqual(passed, [[1], [2, 3]]);
    throttle.dispose();
  });

  it('waits more than 200 ms between batches, and still passes changes on if they never stop', async () => {
    const at: number[] = [];
    await new Promise<void>((resolve) => {
      const throttle = new Throttle<number>(() => {
        at.push(performance.now());
        if (at.length < 4) return;
        clearInterval(changes);
        throttle.dispose();
        resolve();
      });
      const changes = setInterval(() => throttle.add(1), 10);
    });
    const gaps = at.slice(1).map((ms, index) => ms - (at[index] ?? 0));
    assert.ok(
      gaps.every((gap) => gap > 200),
      gaps.join(', '),
    );
  });
});
