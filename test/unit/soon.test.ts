import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { Soon } from '../../src/base/soon';

describe('what is done soon', () => {
  it('is done once in a later turn, however often it was asked for, and again when asked for again', async () => {
    let runs = 0;
    const soon = new Soon(() => (runs += 1));
    soon.ask();
    soon.ask();
    assert.equal(runs, 0);
    await setImmediate();
    assert.equal(runs, 1);
    soon.ask();
    await setImmediate();
    assert.equal(runs, 2);
  });

  it('is not done any more once it was disposed', async () => {
    const soon = new Soon(() => assert.fail('it was done'));
    soon.ask();
    soon.dispose();
    await setImmediate();
  });
});
