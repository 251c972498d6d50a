import assert from 'node:assert/strict';
import { SparePool } from '../../src/engines/engine/sparePool';

describe('a spare', () => {
  let started = 0;
  let ended: number[] = [];
  const make = ({ most, idleMs }: { most?: number; idleMs?: number } = {}) => {
    started = 0;
    ended = [];
    return new SparePool(
      () => ++started,
      (one) => {
        ended.push(one);
        return Promise.resolve();
      },
      most,
      idleMs,
    );
  };
  const good = () => true;

  it('is kept for the next job', async () => {
    const spare = make();
    const one = spare.take(good);
    await spare.release(one);
    assert.equal(spare.take(good), one);
    assert.equal(started, 1);
    assert.deepEqual(ended, []);
  });

  it('is available at once after it was prepared, and only one', async () => {
    const spare = make();
    spare.prepare();
    spare.prepare();
    assert.equal(started, 1);
    assert.equal(spare.take(good), 1);
    assert.equal(started, 1);
    await spare.close();
    assert.deepEqual(ended, []);
  });

  it('is only one: a second one that is returned is ended', async () => {
    const spare = make();
    const [one, two] = [spare.take(good), spare.take(good)];
    assert.notEqual(one, two);
    await spare.release(one);
    await spare.release(two);
    assert.deepEqual(ended, [two]);
    await spare.close();
    assert.deepEqual(ended, [two, one]);
  });

  it('can be several, for concurrent jobs', async () => {
    const spare = make({ most: 2 });
    const [one, two, three] = [spare.take(good), spare.take(good), spare.take(good)];
    for (const each of [one, two, three]) await spare.release(each);
    assert.deepEqual(ended, [three]);
    assert.deepEqual([spare.take(good), spare.take(good)].sort(), [one, two]);
    assert.equal(started, 3);
  });

  it('is not handed out if it is no longer usable', async () => {
    const spare = make();
    await spare.release(spare.take(good));
    assert.equal(
      spare.take(() => false),
      2,
    );
    assert.deepEqual(ended, [1]);
  });

  it('is ended after being idle for a while', async () => {
    const spare = make({ idleMs: 1 });
    await spare.release(spare.take(good));
    // The timer does not keep this process alive; this one does.
    const alive = setInterval(() => undefined, 1000);
    await new Promise<void>((resolve) => {
      const look = () => (ended.length > 0 ? resolve() : setImmediate(look));
      look();
    });
    clearInterval(alive);
    assert.deepEqual(ended, [1]);
  });
});
