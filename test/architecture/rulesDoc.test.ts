import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rulesDoc } from '../../src/engines/patterns/rulesDoc.mjs';

const root = resolve(__dirname, '../../..');

describe('docs/rules.md', () => {
  it('is what the rule files say; `node esbuild.mjs` writes it', async () => {
    const text = await rulesDoc(resolve(root, 'src/rules/patterns'));
    assert.equal(readFileSync(resolve(root, 'docs/rules.md'), 'utf8'), text);
    assert.ok(text.split('\n').length > 200);
  });
});
