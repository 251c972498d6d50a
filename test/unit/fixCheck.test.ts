import assert from 'node:assert/strict';
import { FileText } from '../../src/base/fileText';
import { importEdits } from '../../src/engines/codeFixes/imports';
import { diffOf } from '../../src/findings/fixDiff';
import { issue as schema, type FixEdit, type Issue } from '../../src/protocol';
import { combineFixes, diffOfEdits, fixObstacle, withEdits, type FindingFile } from '../../src/store/fixCheck';

const at = (line: number, from: number, to: number, text: string, file?: string): FixEdit => ({
  ...(file !== undefined && { file }),
  start: { line, column: from },
  end: { line, column: to },
  text,
});

function issue(line: number, edits: FixEdit[], part: object = {}): Issue {
  const base = { tool: 't', type: 'security', message: 'm', severity: 'high', file: 'a.js', rule_id: 'r' };
  return schema.parse({ ...base, line, fix: { edits }, ...part });
}

const scanned = "import a from 'a';\n\nrun(md5(x));\nrun(md5(y));\n";
const files =
  (all: Record<string, [now: string, scanned?: string]>, isUnsure = true) =>
  (path: string): FindingFile | undefined => {
    const [text, before] = all[path] ?? [];
    if (text === undefined) return undefined;
    const now = new FileText(text);
    const scanned = before === undefined ? undefined : new FileText(before);
    return { now, scanned, counted: scanned ?? now, isUnsure };
  };
const fixFits = (...args: Parameters<typeof fixObstacle>) => fixObstacle(...args) === undefined;

describe('a fix', () => {
  const fix = issue(3, [at(3, 5, 8, 'sha256'), at(1, 1, 1, "import h from 'h';\n")], { snippet: 'run(md5(x));' });

  it('can be applied while the lines it edits are unchanged', () => {
    assert.ok(fixFits(fix, files({ 'a.js': [scanned, scanned] })));
    assert.ok(fixFits(fix, files({ 'a.js': [scanned.replace('md5(y)', 'md5(z)'), scanned] })), 'another line differs');
    assert.ok(fixFits(fix, files({ 'a.js': [scanned.replaceAll('\n', '\r\n'), scanned] })), 'line ends differ');
  });

  for (const [what, now] of [
    ['the finding has moved', `// new\n${scanned}`],
    ['its line differs', scanned.replace('md5(x)', 'md4(x)')],
    ['another line that it edits differs', scanned.replace("'a'", "'b'")],
    ['the file is shorter now', 'import a'],
    ['the file is empty', ''],
  ] as const) {
    it(`cannot be applied if ${what}`, () => assert.ok(!fixFits(fix, files({ 'a.js': [now, scanned] }))));
  }

  it('cannot be applied without its files', () => {
    assert.ok(!fixFits(fix, files({})));
    const other = issue(3, [at(1, 1, 1, 'x', 'b.js')]);
    assert.ok(!fixFits(other, files({ 'a.js': [scanned, scanned] })));
    assert.ok(fixFits(other, files({ 'a.js': [scanned, scanned], 'b.js': ['', ''] })));
    assert.ok(!fixFits(other, files({ 'a.js': [scanned, scanned], 'b.js': ['new', ''] })));
  });

  it('needs the snippet if the scanned text is unknown', () => {
    const own = [at(3, 5, 8, 'sha256')];
    assert.ok(fixFits(issue(3, own, { snippet: 'run(md5(x));' }), files({ 'a.js': [scanned] })));
    assert.ok(!fixFits(issue(3, own), files({ 'a.js': [scanned] })), 'nothing tells what was scanned');
    assert.ok(!fixFits(fix, files({ 'a.js': [scanned] })), 'nothing tells what line 1 was');
  });

  it('tells code that has changed from code of which nothing tells what it was', () => {
    const unread = files({ 'a.js': [scanned] }, false);
    assert.deepEqual(fixObstacle(fix, unread), { why: 'unknown', file: 'a.js' });
    assert.deepEqual(fixObstacle(fix, files({ 'a.js': [scanned] })), { why: 'changed' });
    const moved = { ...fix, snippet: 'run(md5(z));' };
    assert.deepEqual(fixObstacle(moved, unread), { why: 'changed' });
  });

  it('goes by each line of a snippet of several', () => {
    const edits = [at(3, 5, 8, 'sha256'), at(4, 5, 8, 'sha256')];
    const both = issue(3, edits, { snippet: 'run(md5(x));\n  run(md5(y));' });
    assert.ok(fixFits(both, files({ 'a.js': [scanned] })));
    assert.ok(!fixFits(both, files({ 'a.js': [scanned.replace('md5(y)', 'md5(z)')] })));
    assert.ok(!fixFits(issue(3, edits, { snippet: 'run(md5(x));' }), files({ 'a.js': [scanned] })));
  });

  it('cannot where it leads out of a line or overlaps itself', () => {
    const now = files({ 'a.js': [scanned, scanned] });
    assert.ok(!fixFits(issue(3, [at(3, 5, 99, 'x')]), now));
    assert.ok(!fixFits(issue(3, [at(99, 1, 1, 'x')]), now));
    assert.ok(!fixFits(issue(3, [at(3, 5, 8, 'x'), at(3, 7, 9, 'y')]), now));
    assert.ok(fixFits(issue(3, [at(3, 13, 13, ' // end')]), now), 'the end of a line is in it');
  });
});

describe('several fixes at once', () => {
  const header = at(1, 1, 1, "import h from 'h';\n");
  const text = (issues: Issue[]) => withEdits(new FileText(scanned), combineFixes(issues).edits.get('a.js') ?? []);

  it('add an import once', () => {
    const [first, second] = [issue(3, [header, at(3, 5, 8, 'h')]), issue(4, [header, at(4, 5, 8, 'h')])];
    assert.equal(text([first, second]), `import h from 'h';\n${scanned.replaceAll('md5', 'h')}`);
  });

  for (const [language, file, statement] of [
    ['Python', 'import os\nimport sys\n\nuse(a)\nuse(b)\n', 'import secrets'],
    ['Python', '#!/usr/bin/env python\nuse(a)\nuse(b)\n', 'import secrets'],
    ['JavaScript', "const a = require('a');\n\nuse(a);\nuse(b);\n", "import crypto from 'node:crypto';"],
    ['Go', 'package main\n\nimport (\n\t"fmt"\n)\n\nuse(a)\nuse(b)\n', 'import "crypto/rand"'],
    ['Java', 'package a;\n\nclass A {\n  use(a);\n  use(b);\n}\n', 'import java.security.SecureRandom;'],
  ] as const)
    for (const end of ['\n', '\r\n'])
      it(`add an import of ${language} once, wherever it stands (${JSON.stringify(end)})`, () => {
        const content = new FileText(file.replaceAll('\n', end));
        const added = importEdits(statement, language, content) ?? [];
        assert.equal(added.length, 1);
        const lines = content.text.split(end).flatMap((line, at) => (line.includes('use(') ? [at + 1] : []));
        const column = content.lineOf(lines[0] ?? 0).indexOf('use') + 1;
        const issues = lines.map((line) => issue(line, [at(line, column, column + 3, 'safe'), ...added]));
        const { edits, fixed, left } = combineFixes(issues);
        assert.deepEqual([fixed, left], [issues, []]);
        const made = withEdits(content, edits.get('a.js') ?? []);
        const alone = withEdits(content, added);
        assert.equal(made, alone.replaceAll('use(', 'safe('));
      });

  it('add the imports of different rules at one place', () => {
    const two = [issue(3, [at(1, 19, 19, '\nimport b;')]), issue(4, [at(1, 19, 19, '\nimport c;')])];
    assert.equal(text(two), scanned.replace('\n', '\nimport b;\nimport c;\n'));
  });

  it('leave out those that change the same text', () => {
    const [outer, inner] = [issue(3, [at(3, 5, 11, 'h(x)')]), issue(3, [at(3, 9, 10, 'y')])];
    const { fixed, left } = combineFixes([outer, inner]);
    assert.deepEqual([fixed, left], [[outer], [inner]]);
  });

  it('make the same change once, and equal insertions within a line one after another', () => {
    const same = combineFixes([issue(3, [at(3, 5, 8, 'h')]), issue(3, [at(3, 5, 8, 'h')])]);
    assert.deepEqual([same.fixed.length, same.edits.get('a.js')?.length], [2, 1]);
    const brackets = combineFixes([issue(3, [at(3, 11, 11, ')')]), issue(3, [at(3, 11, 11, ')')])]);
    assert.deepEqual([brackets.fixed.length, brackets.left.length], [1, 1]);
  });

  it('edit several files', () => {
    const { edits } = combineFixes([issue(3, [at(3, 5, 8, 'h'), at(1, 1, 1, 'x', 'b.js')])]);
    assert.deepEqual([...edits.keys()], ['a.js', 'b.js']);
  });
});

describe('the diff of a fix', () => {
  it('shows what changes and two lines around', () => {
    const before = 'a\nb\nc\nd\ne\nf\n';
    const rows = diffOf(before, before.replace('d', 'D'))?.map(({ kind, text }) => `${kind} ${text}`);
    assert.deepEqual(rows, ['same b', 'same c', 'removed d', 'added D', 'same e', 'same f']);
  });

  it('shows no line ends, and nothing where nothing changes', () => {
    assert.deepEqual(diffOf('a\r\nb', 'a\nb\n'), []);
  });

  it('is the same as that of the whole file, edit by edit', () => {
    const before = Array.from({ length: 60 }, (_, n) => `line ${n}`).join('\r\n');
    for (const edits of [
      [at(1, 1, 1, 'import a\n'), at(40, 1, 5, 'LINE')],
      [at(7, 1, 5, 'LINE'), at(9, 7, 7, '\nmore')],
      [at(60, 8, 8, '\nend'), at(20, 1, 1, 'x'), at(21, 1, 1, 'y')],
      [{ start: { line: 10, column: 2 }, end: { line: 14, column: 3 }, text: '' }],
    ]) {
      const file = new FileText(before);
      assert.deepEqual(diffOfEdits(file, edits), diffOf(before, withEdits(file, edits)));
    }
  });

  it('is left out if it is too long', () => {
    const lines = (word: string) => Array.from({ length: 2000 }, (_, n) => `${word}${n}`).join('\n');
    assert.equal(diffOf(lines('a'), lines('b')), undefined);
  });
});
