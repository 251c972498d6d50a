import assert from 'node:assert/strict';
import { languages } from '../../src/engines/taint/languages/languages';
import { Models } from '../../src/engines/taint/models/models';
import { follow, modelFiles } from './support/taint';

for (const one of languages) {
  const language = one.id;
  describe(`taint models of ${language}`, () => {
    const files = modelFiles(language);
    const path = one.example;
    const models = new Models([...files.values()]);

    it('handle the file of an example', () => assert.ok(one.handles(path)));

    for (const [name, { examples, library }] of files)
      describe(`${library} (${name})`, () => {
        it('has examples', () => assert.ok(examples.length > 0));
        examples.forEach(({ bad, good, defect }, index) => {
          const found = async (code: string) => {
            const { sites, outcomes } = await follow({ [path]: code }, language, models);
            assert.deepEqual([...outcomes.values()], ['followed']);
            return sites.flatMap((site) => (site.taint || site.isMisuse ? [site.defect] : []));
          };
          if (bad !== undefined)
            it(`finds ${defect} in the bad example ${index + 1}`, async () =>
              assert.ok((await found(bad)).includes(defect), bad));
          if (good !== undefined)
            it(`finds nothing in the good example ${index + 1}`, async () =>
              assert.deepEqual(await found(good), [], good));
        });
      });
  });
}
