import assert from 'node:assert/strict';
import { FileText } from '../../src/base/fileText';
import { languageOf } from '../../src/engines/rulePack/languages';
import { astGrepMatch, fixOf, issueOf } from '../../src/engines/patterns/match';
import type { RuleTable } from '../../src/engines/rulePack/rulePack';
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
  it('become findings by the rule that the suffix stands for', () => {
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

  it('of credentials show no literal and no message made from the code', () => {
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

  it('of a rule that is not in the table are dropped', () => {
    assert.equal(issueOf(match('x', 0, 1, 'other'), table), undefined);
  });

  it('have fixes at the positions of an editor', () => {
    const content = new FileText(Buffer.from('\uFEFF😀é;x\r\nlast'));
    const [from, to] = [3 + 4 + 2 + 1, 3 + 4 + 2 + 2 + 2 + 1];
    const edited = { ...match('x', 0, 1), replacement: 'y', replacementOffsets: { start: from, end: to } };
    assert.deepEqual(fixOf(edited, content).fix?.edits, [
      { start: { line: 1, column: 5 }, end: { line: 2, column: 2 }, text: 'y' },
    ]);
  });

  it('have no fix if the file has meanwhile become shorter', () => {
    const edited = { ...match('x', 0, 1), replacement: 'y', replacementOffsets: { start: 3, end: 9 } };
    assert.deepEqual(fixOf(edited, new FileText('abc')), {});
  });
});

describe('snippets', () => {
  it('of long lines are cut around the column', () => {
    const snippet = snippetOf(`${'a'.repeat(5_000)}eval(x)${'b'.repeat(5_000)}`, 5_001);
    assert.ok(snippet.length <= 202);
    assert.match(snippet, /^…a+eval\(x\)b+…$/);
  });

  it('mask what is in quotes, or follows an equals sign', () => {
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
