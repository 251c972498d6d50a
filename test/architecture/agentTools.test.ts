import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { agentTools } from '../../src/agents/tools';
import { root } from '../support/repo.mjs';

interface Declared {
  readonly name: string;
  readonly modelDescription: string;
  readonly displayName: string;
  readonly inputSchema: object;
}

describe('the language model tools of package.json', () => {
  it('are those of src/agents/tools.ts, with their descriptions and schemas', () => {
    const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));
    const manifest = read('package.json') as { contributes: { languageModelTools: Declared[] } };
    const texts = read('package.nls.json') as Record<string, string>;
    const wanted = agentTools.map(({ name, title, description, input }) => {
      const { $schema, ...inputSchema } = z.toJSONSchema(input, { io: 'input' });
      assert.ok($schema);
      return { name: `codeagent_${name}`, title, modelDescription: description, inputSchema };
    });
    const declared = manifest.contributes.languageModelTools.map(
      ({ name, displayName, modelDescription, inputSchema }) => ({
        name,
        title: texts[displayName.slice(1, -1)],
        modelDescription,
        inputSchema,
      }),
    );
    assert.deepEqual(declared, JSON.parse(JSON.stringify(wanted)));
  });
});
