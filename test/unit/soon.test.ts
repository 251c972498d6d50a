import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { Soon } from '../../src/base/soon';

describe('a deferred task', () => {
  it('runs once in a later turn, however often it was requested, and again on a new request', async () => {
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

  it('does not run after disposal', async () => {
    const soon = new Soon(() => assert.fail('it was done'));
    soon.ask();
    soon.dispose();
    await setImmediate();
  });
});
