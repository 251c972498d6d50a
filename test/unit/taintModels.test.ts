import assert from 'node:assert/strict';
import { Models } from '../../src/engines/taint/models/models';
import { follow, modelFiles } from './support/taint';

const examplePath = { javascript: 'example.tsx', java: 'Example.java' };

for (const language of ['javascript', 'java'] as const)
  describe(`taint models of ${language}`, () => {
    const files = modelFiles(language);
    const models = new Models([...files.values()]);

    for (const [name, { examples, library }] of files)
      describe(`${library} (${name})`, () => {
        it('has examples', () => assert.ok(examples.length > 0));
        examples.forEach(({ bad, good, defect }, index) => {
          const found = async (code: string) => {
            const { sites, outcomes } = await follow({ [examplePath[language]]: code }, language, models);
            assert.deepEqual([...outcomes.values()], ['followed']);
            return sites.flatMap((site) => (site.taint ? [site.defect] : []));
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
