import assert from 'node:assert/strict';
import { follow } from './support/taint';
import { findsWhatIsAnnotated } from './support/taintCases';

describe('taint engine on JavaScript', () => {
  findsWhatIsAnnotated('javascript');

  it('tells of calls too deep to follow data into, and of more functions than it follows', async () => {
    const deep = [
      ...Array.from({ length: 40 }, (_, n) => `const f${n} = (v) => f${n + 1}(v);`),
      "const f40 = (v) => require('child_process').exec(v);",
      'f0(process.argv[2]);',
    ].join('\n');
    const many = Array.from({ length: 3_100 }, (_, n) => `export function f${n}() {}`).join('\n');
    const { outcomes } = await follow({ 'deep.js': deep, 'many.js': many });
    assert.deepEqual(Object.fromEntries(outcomes), { 'deep.js': 'too complex', 'many.js': 'too complex' });
  });
});
