import assert from 'node:assert/strict';
import { FileText } from '../../src/base/fileText';
import { languageOf } from '../../src/engines/rulePack/languages';
import { astGrepMatch, fixOf, issueOf } from '../../src/engines/patterns/match';
import type { RuleTable } from '../../src/engines/rulePack/rulePack';
import { applied } from './support/edits';
import { snippetOfSecret, snippetOf, utf16Column } from '../../src/engines/engine/text';

const rule: Omit<RuleTable[string], 'id' | 'cwe'> = {
  title: 'Code injection',
  message: 'from the table',
  severity: 'high',
  confidence: 'high',
  owasp: ['A03:2021'],
  suggestion: 'Do otherwise.',
  help_url: 'https://cwe.mitre.org/',
};
const table: RuleTable = {
  'js-eval.ts': { ...rule, id: 'js-eval', cwe: ['CWE-95'] },
  'rb-sql': { ...rule, id: 'rb-sql', severity: 'medium', request_severity: 'high', cwe: ['CWE-89'] },
  'js-password': { ...rule, id: 'js-password', cwe: ['CWE-798'] },
};

/** The table, with a fix of one of its rules. */
function fixing(more: object = {}): RuleTable {
  const fix = { title: 'Do it well', safe: true, language: 'Python', deletes: false, ...more };
  return { ...table, 'js-eval.ts': { ...rule, id: 'js-eval', cwe: ['CWE-95'], fix } };
}

function match(lines: string, column: number, endColumn: number, ruleId = 'js-eval.ts') {
  return astGrepMatch.parse({
    file: './a/b.ts',
    lines,
    ruleId,
    message: 'about the match',
    range: {
      start: { line: 0, column },
      end: { line: 0, column: endColumn },
      byteOffset: { start: 0, end: 1 },
    },
  });
}

describe('ast-grep matches', () => {
  it('become findings of the rule without its suffix', () => {
    const issue = issueOf(match('  eval(x)', 2, 9), table);
    assert.equal(issue?.rule_id, 'js-eval');
    assert.equal(issue.file, 'a/b.ts');
    assert.equal(issue.message, 'about the match');
    assert.equal(issue.title, 'Code injection');
    assert.deepEqual([issue.line, issue.column, issue.end_line, issue.end_column], [1, 3, 1, 10]);
    assert.equal(issue.snippet, 'eval(x)');
  });

  it('get columns in UTF-16 units, without the byte order mark', () => {
    const issue = issueOf(match('\uFEFF"😀"; eval(x)', 6, 13), table);
    assert.deepEqual([issue?.column, issue?.end_column], [7, 14]);
  });

  it('about credentials show no literals, and no message derived from the code', () => {
    const issue = issueOf(match("password = 'hunter2'", 0, 20, 'js-password'), table);
    assert.equal(issue?.snippet, "password = '********'");
    assert.equal(issue.message, 'from the table');
    assert.equal(issue.type, 'secret');
  });

  it('of a rule about requests are more severe if the match contains request data', () => {
    const plain = match('find_by_sql(x)', 0, 14, 'rb-sql');
    assert.equal(issueOf(plain, table)?.severity, 'medium');
    const variables = { single: { REQUEST_DATA: { text: 'params[:id]' } } };
    assert.equal(issueOf({ ...plain, metaVariables: variables }, table)?.severity, 'high');
    const other = match('eval(x)', 0, 7);
    assert.equal(issueOf({ ...other, metaVariables: variables }, table)?.severity, 'high');
  });

  it('are fixed without a change to the lines that ast-grep indents anew', () => {
    const code = '    md5("""a\n b""")';
    const content = new FileText(Buffer.from(code));
    const [start, end] = [4, code.length];
    const replacement = 'sha256("""a\n     b""")';
    const { fix } = fixOf({ ...match(code, 4, 9), replacement, replacementOffsets: { start, end } }, fixing(), content);
    assert.deepEqual(fix?.edits, [{ start: { line: 1, column: 5 }, end: { line: 1, column: 8 }, text: 'sha256' }]);
  });

  it('of an unknown rule are dropped', () => {
    assert.equal(issueOf(match('x', 0, 1, 'other'), table), undefined);
  });

  it('have fixes at editor positions', () => {
    const content = new FileText(Buffer.from('\uFEFF😀é;x\r\nlast'));
    const [from, to] = [3 + 4 + 2 + 1, 3 + 4 + 2 + 2 + 2 + 1];
    const edited = { ...match('x', 0, 1), replacement: 'y', replacementOffsets: { start: from, end: to } };
    assert.deepEqual(fixOf(edited, fixing(), content).fix?.edits, [
      { start: { line: 1, column: 5 }, end: { line: 2, column: 2 }, text: 'y' },
    ]);
  });

  it('have no fix if the file has become shorter meanwhile', () => {
    const edited = { ...match('x', 0, 1), replacement: 'y', replacementOffsets: { start: 3, end: 9 } };
    assert.deepEqual(fixOf(edited, fixing(), new FileText('abc')), {});
  });
});

describe('fixes', () => {
  /** What a fix makes of a file in which a rule matches `text`. */
  const fixed = (source: string, text: string, replacement: string, more?: object) => {
    const content = new FileText(Buffer.from(source));
    const start = Buffer.byteLength(source.slice(0, source.indexOf(text)));
    const replaced = { replacement, replacementOffsets: { start, end: start + Buffer.byteLength(text) } };
    const { fix } = fixOf({ ...match(text, 0, 1), file: 'a.py', ...replaced }, fixing(more), content);
    return fix && { ...fix, text: applied(fix.edits, content) };
  };

  it('say what they do, and change no more than what differs', () => {
    const source = 'x = 1\nf(\n  é, verify=False,\n)\n';
    const fix = fixed(source, 'f(\n  é, verify=False,\n)', 'f(\n  é, verify=True,\n)');
    assert.equal(fix?.title, 'Do it well');
    assert.equal(fix.safe, true);
    assert.deepEqual(fix.edits, [{ start: { line: 3, column: 13 }, end: { line: 3, column: 18 }, text: 'True' }]);
  });

  it('keep a file’s line ends', () => {
    assert.equal(fixed('a(1)\r\nb(1)\r\n', 'b(1)', 'b(\n  2)')?.text, 'a(1)\r\nb(\r\n  2)\r\n');
  });

  it('are omitted if the template yields nothing, or no change', () => {
    assert.equal(fixed('a(1)', 'a(1)', ''), undefined);
    assert.equal(fixed('a(1)', 'a(1)', 'a(1)'), undefined);
    assert.equal(fixed('a(1); b', 'a(1); ', '', { deletes: true })?.text, 'b');
  });

  it('add the import that they need', () => {
    const more = { import: 'import secrets' };
    assert.equal(fixed('a(1)', 'a(1)', 'b(1)', more)?.text, 'import secrets\nb(1)');
    assert.equal(fixed('import secrets\na(1)', 'a(1)', 'b(1)', more)?.text, 'import secrets\nb(1)');
    // Code within a page: imports do not belong at the top of the file.
    assert.equal(fixed('a(1)', 'a(1)', 'b(1)', { ...more, language: 'JavaScript' }), undefined);
  });
});

describe('snippets', () => {
  it('of long lines are cut around the column', () => {
    const snippet = snippetOf(`${'a'.repeat(5_000)}eval(x)${'b'.repeat(5_000)}`, 5_001);
    assert.ok(snippet.length <= 202);
    assert.match(snippet, /^…a+eval\(x\)b+…$/);
  });

  it('mask text in quotes, or after an equals sign', () => {
    assert.equal(snippetOfSecret('a("x", `y`)'), 'a("********", `********`)');
    assert.equal(snippetOfSecret('PASSWORD=hunter2'), 'PASSWORD=********');
    assert.equal(snippetOfSecret(String.raw`p = "a\"b"`), 'p = "********"');
  });

  it('count columns by code point, and clamp', () => {
    assert.equal(utf16Column('a😀b', 2), 4);
    assert.equal(utf16Column('ab', 9), 3);
  });
});

describe('languages', () => {
  it('are recognized by extension and name', () => {
    const names = ['a/b.tsx', 'x.MJS', 'Dockerfile', 'ci/Dockerfile.web', 'a.vue', 'README', 'a.b/c'];
    assert.deepEqual(names.map(languageOf), ['Tsx', undefined, 'Bash', 'Bash', 'Html', undefined, undefined]);
  });
});
