import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { follow } from './support/taint';
import { workspaces } from './support/workspaces';

const folder = resolve(__dirname, '../../../test/taint/javascript');

describe('taint engine on JavaScript', () => {
  for (const name of readdirSync(folder))
    for (const [workspace, files] of workspaces(readFileSync(join(folder, name), 'utf8')))
      it(`${name}: ${workspace}`, async () => {
        const expected = Object.entries(files).flatMap(([path, text]) =>
          text.split('\n').flatMap((line, index) => {
            const defect = /\/\/ bad: ([\w-]+)/.exec(line)?.[1];
            return defect === undefined ? [] : [`${path}:${index + 1} ${defect}`];
          }),
        );
        const { sites, outcomes } = await follow(files);
        assert.deepEqual([...new Set(outcomes.values())], ['followed']);
        const found = sites.flatMap(({ file, from, defect, taint }) =>
          taint ? [`${file}:${(files[file] ?? '').slice(0, from).split('\n').length} ${defect}`] : [],
        );
        assert.deepEqual([...new Set(found)].sort(), expected.sort());
      });

  it('tells the calls with data apart from many without', async () => {
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
