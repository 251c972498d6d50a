import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/repo.mjs';

type Packages = Record<string, string>;

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, Packages | undefined>;
const packages = ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
  Object.entries(manifest[kind] ?? {}),
);

/** The packages in the first column of the table; `@types/*` stands for all of those. */
function documented(): string[] {
  const rows = readFileSync(join(root, 'docs/dependencies.md'), 'utf8').matchAll(/^\| (?!-|package )([^|]+?) +\|/gm);
  return [...rows].flatMap(([, names = '']) => names.split(', '));
}

const names = (list: string[], name: string) =>
  list.some((one) => one === name || (one.endsWith('*') && name.startsWith(one.slice(0, -1))));

describe('the dependencies', () => {
  it('are listed in docs/dependencies.md exactly once, and nothing else is', () => {
    const listed = documented();
    const missing = packages.map(([name]) => name).filter((name) => !names(listed, name));
    assert.deepEqual(missing, [], 'add a line for each');
    const gone = listed.filter((one) => !packages.some(([name]) => names([one], name)));
    assert.deepEqual(gone, [], 'not in package.json');
    assert.deepEqual(
      listed.filter((one, index) => listed.indexOf(one) !== index),
      [],
      'listed twice',
    );
  });

  it('are pinned exactly', () => {
    assert.deepEqual(
      packages.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
      [],
    );
  });
});
