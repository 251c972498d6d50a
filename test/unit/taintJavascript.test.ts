import assert from 'node:assert/strict';
import { follow } from './support/taint';
import { findsWhatIsAnnotated } from './support/taintCases';

describe('taint engine on JavaScript', () => {
  findsWhatIsAnnotated('javascript');

  it('distinguishes calls with data from many without', async () => {
    const code = [
      'const { exec } = require("child_process");',
      'class Command { add(part) { this.text = part; return this; } run() { exec(this.text); } }',
      'function run(name, part) { new Command().add(name + part).run(); }',
      ...Array.from({ length: 40 }, (_, n) => `run('a${n}', ${n});`),
      'exports.first = () => run("ls ", process.argv[2]);',
      ...Array.from({ length: 40 }, (_, n) => `exports.f${n} = () => run('b${n}', ${n});`),
      'exports.last = () => run("ls ", process.argv[3]);',
    ];
    const only = async (name: string) => {
      const lines = code.filter((line) => !/^exports\.(?:first|last)/.test(line) || line.startsWith(`exports.${name}`));
      const { sites } = await follow({ 'many.js': lines.join('\n') });
      return sites.filter(({ taint }) => taint).map(({ defect }) => defect);
    };
    assert.deepEqual(await only('first'), ['command']);
    assert.deepEqual(await only('last'), ['command']);
    assert.deepEqual(await only('neither'), []);
  });

  it('reports calls that are too deep, and more functions than it follows', async () => {
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
