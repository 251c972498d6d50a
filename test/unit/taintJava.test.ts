import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { print } from '../../src/engines/taint/ir/print';
import { java } from '../../src/engines/taint/languages/java/java';
import { Models } from '../../src/engines/taint/models/models';
import { follow, modelFiles, syntaxParser } from './support/taint';
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

  it('begins in files that data comes into, and in no others', async () => {
    const models = new Models([...modelFiles('java').values()]);
    const language = java.create(await syntaxParser());
    const begins = [
      'void a(HttpServletRequest in) {}',
      '@GetMapping("/a") void a(String x) {}',
      'void a(@javax.ws.rs.QueryParam("a") String x) {}',
      'public static void main(String... args) {}',
    ];
    const others = [
      '/** Gets it. Get and Delete are words. */ int a;',
      'String a = System.getProperty("a");',
      'int main;',
    ];
    assert.deepEqual(
      [...begins, ...others].filter((code) => language.mayBegin(`class A { ${code} }`, models)),
      begins,
    );
  });

  it('has a counterpart for every construct', async () => {
    const source = readFileSync(join(folder, 'Constructs.java'), 'utf8');
    const printed = print(java.create(await syntaxParser()).lower('Constructs.java', source));
    assert.equal(printed, readFileSync(join(folder, 'Constructs.ir'), 'utf8').trimEnd());
  });
});
