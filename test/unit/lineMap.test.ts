import assert from 'node:assert/strict';
import { lineMap } from '../../src/store/lineMap';

const before = ['a', 'b', '}', 'c', '}', 'd'];
const lines = (after: readonly string[]) => before.map((_, at) => lineMap(before, after)(at + 1));
const numbers = (after: readonly string[]) => lines(after).map(({ line, stale }) => (stale ? -line : line));

describe('where lines are in a later text', () => {
  for (const [what, after, expected] of [
    ['nothing has changed', before, [1, 2, 3, 4, 5, 6]],
    ['lines came before all', ['x', 'y', ...before], [3, 4, 5, 6, 7, 8]],
    ['lines came after all', [...before, 'x'], [1, 2, 3, 4, 5, 6]],
    ['a line went', ['a', '}', 'c', '}', 'd'], [1, -2, 2, 3, 4, 5]],
    ['a line was edited', ['a', 'b', '}', 'C', '}', 'd'], [1, 2, 3, -4, 5, 6]],
    ['lines came in two places', ['a', 'x', 'b', '}', 'c', 'y', '}', 'd'], [1, 3, 4, 5, 7, 8]],
    ['all is gone', [''], [-1, -1, -1, -1, -1, -1]],
  ] as const)
    it(`tells it if ${what}`, () => assert.deepEqual(numbers(after), expected));

  it('takes a line that the text never had for one that is gone', () => {
    assert.deepEqual(lineMap(before, before)(99), { line: 6, stale: true });
  });
});
