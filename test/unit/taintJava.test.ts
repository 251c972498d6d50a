import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { print } from '../../src/engines/taint/ir/print';
import { java } from '../../src/engines/taint/languages/java/java';
import { follow, syntaxParser } from './support/taint';
import { workspaces } from './support/workspaces';

const folder = resolve(__dirname, '../../../test/taint/java');

describe('taint engine on Java', () => {
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.txt')))
    for (const [workspace, files] of workspaces(readFileSync(join(folder, name), 'utf8')))
      it(`${name}: ${workspace}`, async () => {
        const expected = Object.entries(files).flatMap(([path, text]) =>
          text.split('\n').flatMap((line, index) => {
            const defect = /\/\/ bad: ([\w-]+)/.exec(line)?.[1];
            return defect === undefined ? [] : [`${path}:${index + 1} ${defect}`];
          }),
        );
        const { sites, outcomes } = await follow(files, 'java');
        assert.deepEqual([...new Set(outcomes.values())], ['followed']);
        const found = sites.flatMap(({ file, from, defect, taint }) =>
          taint ? [`${file}:${(files[file] ?? '').slice(0, from).split('\n').length} ${defect}`] : [],
        );
        assert.deepEqual([...new Set(found)].sort(), expected.sort());
      });

  it('has a counterpart for every construct', async () => {
    const source = readFileSync(join(folder, 'Constructs.java'), 'utf8');
    const printed = print(java.create(await syntaxParser()).lower('Constructs.java', source));
    assert.equal(printed, readFileSync(join(folder, 'Constructs.ir'), 'utf8').trimEnd());
  });
});
