import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { print } from '../../../src/engines/taint/ir/print';
import type { TaintLanguage } from '../../../src/engines/taint/interpreter/language';
import { languages } from '../../../src/engines/taint/languages/languages';
import { Models } from '../../../src/engines/taint/models/models';
import { follow, modelFiles, syntaxParser } from './taint';
import { workspaces } from './workspaces';

const folderOf = (id: string) => resolve(__dirname, '../../../test/taint', id);

function languageOf(id: string): TaintLanguage {
  const found = languages.find((one) => one.id === id);
  return found ?? assert.fail(`no language ${id}`);
}

/**
 * A test for each workspace in the .txt files of `test/taint/<id>`: `// bad: <defect>` (or `# bad:`) is on the lines of sinks, and every
 * other line is fine.
 */
export function findsWhatIsAnnotated(id: string): void {
  const folder = folderOf(id);
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.txt')))
    for (const [workspace, files] of workspaces(readFileSync(join(folder, name), 'utf8')))
      it(`${name}: ${workspace}`, async () => {
        const expected = Object.entries(files).flatMap(([path, text]) =>
          text.split('\n').flatMap((line, index) => {
            const defect = /(?:\/\/|#) bad: ([\w-]+)/.exec(line)?.[1];
            return defect === undefined ? [] : [`${path}:${index + 1} ${defect}`];
          }),
        );
        const { sites, outcomes } = await follow(files, id);
        assert.deepEqual([...new Set(outcomes.values())], ['followed']);
        const found = sites.flatMap(({ file, from, defect, taint }) =>
          taint ? [`${file}:${(files[file] ?? '').slice(0, from).split('\n').length} ${defect}`] : [],
        );
        assert.deepEqual([...new Set(found)].sort(), expected.sort());
      });
}

/** Tests that exactly the files with some code are followed from. @param around the code of a file */
export function beginsIn(
  id: string,
  {
    begins,
    others,
    around,
  }: { begins: readonly string[]; others: readonly string[]; around: (code: string) => string },
): void {
  it('begins only in files where data enters', async () => {
    const models = new Models([...modelFiles(id).values()]);
    const language = languageOf(id).create(await syntaxParser());
    assert.deepEqual(
      [...begins, ...others].filter((code) => language.mayBegin(around(code), models)),
      begins,
    );
  });
}

/** Tests the IR of a file in `test/taint/<id>` with all constructs of the language, which is printed next to it. */
export function lowersEveryConstruct(id: string, file: string): void {
  it('has a counterpart for every construct', async () => {
    const source = readFileSync(join(folderOf(id), file), 'utf8');
    const printed = print(
      languageOf(id)
        .create(await syntaxParser())
        .lower(file, source),
    );
    assert.equal(printed, readFileSync(join(folderOf(id), file.replace(/\.\w+$/, '.ir')), 'utf8').trimEnd());
  });
}
