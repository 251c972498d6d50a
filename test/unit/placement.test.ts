import assert from 'node:assert/strict';
import { issue } from '../../src/protocol';
import { snippetOfSecret, snippetOf } from '../../src/engines/engine/text';
import { movedTo, place } from '../../src/store/placement';

const file = ['const a = 1;', '  eval(a);', '', 'eval(b);', 'const key = "abc";'];

describe('placement of a finding', () => {
  it('keeps its line if the line is unchanged', () => {
    assert.deepEqual(place({ line: 2, snippet: 'eval(a);' }, file), { line: 2, stale: false });
  });

  it('keeps its line even if the same text appears elsewhere', () => {
    assert.deepEqual(place({ line: 1, snippet: 'x()' }, ['x()', 'x()']), { line: 1, stale: false });
  });

  it('moves with its line, whatever the indentation and line endings', () => {
    assert.deepEqual(place({ line: 1, snippet: 'eval(b);' }, file), { line: 4, stale: false });
    assert.deepEqual(place({ line: 9, snippet: 'eval(a);' }, ['', '\teval(a);\r']), { line: 2, stale: false });
  });

  it('is stale if the line is gone or ambiguous', () => {
    assert.deepEqual(place({ line: 2, snippet: 'eval(c);' }, file), { line: 2, stale: true });
    assert.deepEqual(place({ line: 1, snippet: 'x()' }, ['y()', 'x()', ' x()']), { line: 1, stale: true });
  });

  it('is never beyond the end of the file', () => {
    assert.deepEqual(place({ line: 50, snippet: 'gone()' }, file), { line: 5, stale: true });
    assert.deepEqual(place({ line: 50 }, file), { line: 5, stale: true });
    assert.deepEqual(place({ line: 3, snippet: 'gone()' }, []), { line: 1, stale: true });
  });

  it('relies on the line number without a snippet', () => {
    assert.deepEqual(place({ line: 2 }, file), { line: 2, stale: false });
    assert.deepEqual(place({ line: 2, snippet: ' ' }, file), { line: 2, stale: false });
  });

  it('recognizes the line of a masked secret', () => {
    const snippet = snippetOfSecret('const key = "abc";');
    assert.equal(snippet, 'const key = "********";');
    assert.deepEqual(place({ line: 5, snippet }, file), { line: 5, stale: false });
    assert.deepEqual(place({ line: 1, snippet }, file), { line: 5, stale: false });
    assert.deepEqual(place({ line: 1, snippet: 'call("********", "********")' }, ['call("a", "b")']), {
      line: 1,
      stale: false,
    });
    assert.equal(place({ line: 1, snippet: 'a "********" b' }, ['a "']).stale, true, 'pieces do not overlap');
  });

  it('recognizes a truncated line', () => {
    const long = `${'a'.repeat(500)} eval(x) ${'b'.repeat(500)}`;
    for (const column of [1, 502, 1000]) {
      const snippet = snippetOf(long, column);
      assert.deepEqual(place({ line: 1, snippet }, ['new', long]), { line: 2, stale: false }, snippet);
    }
  });

  it('is fast with long lines', () => {
    const snippet = Array.from({ length: 20 }, () => 'a"********"').join('');
    const line = 'a"'.repeat(500_000);
    assert.equal(place({ line: 1, snippet: `${snippet}!` }, [line]).stale, true);
  });

  it('moves the end of the range too', () => {
    const one = issue.parse({
      ...{ tool: 't', type: 'security', message: 'm', severity: 'low', file: 'a', line: 3, rule_id: 'r' },
      end_line: 5,
    });
    assert.deepEqual(movedTo(one, 10), { ...one, line: 10, end_line: 12 });
    assert.equal(movedTo(one, 3), one);
  });
});
