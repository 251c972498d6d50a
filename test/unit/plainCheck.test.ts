import assert from 'node:assert/strict';
import * as z from 'zod';
import { plainCheck } from '../../src/base/plainCheck';
import { issue } from '../../src/protocol';

const plain = {
  tool: 'ast-grep',
  type: 'security',
  message: 'A message',
  severity: 'high',
  file: 'src/a.js',
  line: 3,
  rule_id: 'js-eval',
  suggestion: null,
  cwe: ['CWE-95'],
  flow: [{ file: 'src/a.js', line: 3, role: 'sink' }],
};

describe('the quick check of what a schema leaves as it is', () => {
  const isPlain = plainCheck(issue);

  it('accepts only what parsing returns unchanged', () => {
    assert.ok(isPlain(plain));
    assert.deepEqual(issue.parse(plain), plain);
  });

  it('leaves to the schema whatever is malformed, missing, unknown or made anew', () => {
    const { suggestion: _, ...withoutDefault } = plain;
    const others = [
      ...[null, undefined, 'text', [plain], {}, withoutDefault],
      ...[{ line: 0 }, { line: 1.5 }, { line: '3' }, { file: '../a.js' }, { file: '/a.js' }, { severity: 'bad' }].map(
        (part) => ({ ...plain, ...part }),
      ),
      ...[{ extra: 1 }, { column: undefined }, { cwe: 'CWE-95' }, { cwe: [95] }].map((part) => ({ ...plain, ...part })),
      { ...plain, flow: [{ file: '..', line: 3, role: 'sink' }] },
      { ...plain, suppression: { kind: 'inSource' } },
      { ...plain, committed: { commit: 1 } },
      JSON.parse(JSON.stringify(plain).replace('"tool"', '"__proto__"')),
    ];
    for (const other of others) assert.ok(!isPlain(other), JSON.stringify(other));
    // It does not take a value for known that it has refused.
    for (const other of others) assert.ok(!isPlain(other), JSON.stringify(other));
    assert.ok(isPlain(plain));
  });

  it('leaves transformed values to the schema', () => {
    const schema = z.object({ name: z.string().trim(), at: z.coerce.number(), tags: z.array(z.string()).min(1) });
    assert.ok(plainCheck(schema.pick({ name: true }))({ name: 'a' }));
    assert.ok(!plainCheck(schema.pick({ name: true }))({ name: ' a' }));
    assert.ok(!plainCheck(schema.pick({ at: true }))({ at: '1' }));
    assert.ok(!plainCheck(schema.pick({ tags: true }))({ tags: [] }));
  });
});
