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
});
