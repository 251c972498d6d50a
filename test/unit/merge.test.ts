import assert from 'node:assert/strict';
import { mergeIssues } from '../../src/findings/merge';
import type { FoundIssue } from '../../src/protocol';
import { found } from '../integration/support/analyzers';

const source = (lines: readonly string[]) => (_file: string, line: number) => lines[line - 1] ?? '';

describe('merge', () => {
  it('sorts files and issues', () => {
    const merged = mergeIssues([found('b.js', 2), found('a.js', 9), found('b.js', 1)], source([]));
    assert.deepEqual(
      merged.map((file) => [file.path, file.issues.map((issue) => issue.line)]),
      [
        ['a.js', [9]],
        ['b.js', [1, 2]],
      ],
    );
  });

  it('keeps fingerprints if lines are moved or reindented', () => {
    const before = mergeIssues([found('a.js', 1)], source(['eval(x)']));
    const after = mergeIssues([found('a.js', 3)], source(['', '// new', '    eval(x)']));
    assert.equal(before[0]?.issues[0]?.fingerprint, after[0]?.issues[0]?.fingerprint);
  });

  it('keeps fingerprints of a rule that was split off another', () => {
    const print = (rule_id: string) =>
      mergeIssues([found('Dockerfile', 1, { rule_id })], source(['FROM node']))[0]?.issues[0]?.fingerprint;
    assert.equal(print('docker-unpinned-image'), print('docker-image-config'));
    assert.notEqual(print('docker-unpinned-image'), print('docker-no-user'));
  });

  it('lists the fingerprints of a rule that the taint engine replaced', () => {
    const [one] = mergeIssues([found('a.go', 1, { rule_id: 'go-flow-path' })], source(['os.Open(x)']))[0]?.issues ?? [];
    const [before] =
      mergeIssues([found('a.go', 1, { rule_id: 'go-path-traversal' })], source(['os.Open(x)']))[0]?.issues ?? [];
    assert.ok(one && before?.fingerprint !== undefined);
    assert.ok(one.former_fingerprints?.includes(before.fingerprint));
    assert.notEqual(one.fingerprint, before.fingerprint);
    assert.equal(before.former_fingerprints, undefined);
  });

  it('distinguishes equal lines of a file, rules and files', () => {
    const lines = source(['eval(x)', 'eval(x)']);
    const issues = [found('a.js', 1), found('a.js', 2), found('a.js', 1, { rule_id: 'other' }), found('b.js', 1)];
    const prints = mergeIssues(issues, lines).flatMap((file) => file.issues.map((issue) => issue.fingerprint));
    assert.equal(new Set(prints).size, 4);
  });

  it('joins findings of several analyzers on a line with the same CWE, and keeps the most informative', () => {
    const merged = mergeIssues(
      [
        found('a.py', 4, { tool: 'ruff', rule_id: 'S608', cwe: ['CWE-89'], severity: 'medium' }),
        found('a.py', 4, { tool: 'ast-grep', rule_id: 'sql', cwe: ['CWE-89', 'CWE-564'], severity: 'high' }),
        found('a.py', 4, { tool: 'semgrep', rule_id: 'sqli', cwe: ['CWE-89'], severity: 'low' }),
        found('a.py', 4, { tool: 'secretlint', rule_id: 'key', cwe: ['CWE-798'] }),
        found('a.py', 5, { tool: 'ruff', rule_id: 'S608', cwe: ['CWE-89'] }),
      ],
      source([]),
    );
    assert.deepEqual(
      merged[0]?.issues.map((issue) => [issue.line, issue.tool, issue.also_found_by]),
      [
        [4, 'ast-grep', ['ruff', 'semgrep']],
        [4, 'secretlint', undefined],
        [5, 'ruff', undefined],
      ],
    );
  });

  it('joins related CWEs of different analyzers, and keeps the texts of the built-in rule', () => {
    const ours = found('a.py', 4, { tool: 'ast-grep', cwe: ['CWE-327'], confidence: 'medium' });
    const ruff = found('a.py', 4, { tool: 'ruff', cwe: ['CWE-328'], confidence: 'high' });
    const bandit = found('a.py', 4, { tool: 'bandit', cwe: ['CWE-295'] });
    const issues = mergeIssues([ruff, ours, bandit], source([]))[0]?.issues;
    assert.deepEqual(
      issues?.map((issue) => [issue.tool, issue.also_found_by]),
      [
        ['ast-grep', ['ruff']],
        ['bandit', undefined],
      ],
    );
  });

  it('joins a finding about a call and one about an argument on another of its lines, once', () => {
    const call = found('a.py', 4, { tool: 'ast-grep', cwe: ['CWE-78'], end_line: 7 });
    const argument = found('a.py', 6, { tool: 'bandit', cwe: ['CWE-78'] });
    const second = found('a.py', 7, { tool: 'bandit', cwe: ['CWE-78'] });
    const below = found('a.py', 8, { tool: 'semgrep', cwe: ['CWE-78'] });
    const issues = mergeIssues([second, call, below, argument], source([]))[0]?.issues;
    assert.deepEqual(
      issues?.map((issue) => [issue.line, issue.also_found_by]),
      [
        [4, ['bandit']],
        [7, undefined],
        [8, undefined],
      ],
    );
  });

  it('joins the same advisory for a dependency, but not two advisories', () => {
    const of = (tool: string, rule_id: string) =>
      found('requirements.txt', 2, { tool, rule_id, type: 'dependency', cwe: ['CWE-1395'] });
    const osv = { ...of('osv', 'GHSA-1'), aliases: ['CVE-1'], severity: 'low' as const };
    const all = [osv, of('pip-audit', 'CVE-1'), of('pip-audit', 'CVE-2'), of('trivy', 'CVE-2')];
    const issues = mergeIssues(all, source([]))[0]?.issues;
    assert.deepEqual(
      issues?.map((issue) => [issue.rule_id, issue.tool, issue.also_found_by]),
      [
        ['GHSA-1', 'osv', ['pip-audit']],
        ['CVE-2', 'pip-audit', ['trivy']],
      ],
    );
  });

  it('keeps the title, flow and fix of either, and stays open if one is open', () => {
    const flow = [{ file: 'a.py', line: 1, role: 'source' as const }];
    const fix = { edits: [{ start: { line: 1, column: 1 }, end: { line: 1, column: 1 }, text: 'x' }] };
    const suppression = { kind: 'inSource', reason: null, by: null, expires: null, state: 'accepted' as const };
    const best = found('a.py', 1, { tool: 'x', cwe: ['CWE-89'], severity: 'critical' });
    const rest = found('a.py', 1, { tool: 'y', cwe: ['CWE-89'], title: 'SQL injection', flow, fix });
    const joined = (...all: FoundIssue[]) => mergeIssues(all, () => '')[0]?.issues ?? [];
    const [one, ...others] = joined(best, { ...rest, suppression });
    assert.equal(others.length, 0);
    assert.deepEqual(
      [one?.tool, one?.title, one?.flow, one?.fix, one?.suppression],
      ['x', 'SQL injection', flow, fix, undefined],
    );
    assert.equal(joined({ ...best, suppression }, rest)[0]?.suppression, undefined);
    assert.deepEqual(joined({ ...best, suppression }, { ...rest, suppression })[0]?.suppression, suppression);
    const plain = joined(best)[0];
    assert.equal(plain?.fingerprint, joined({ ...best, title: 'T', flow, fix, suppression })[0]?.fingerprint);
  });

  it('keeps two defects that one analyzer finds on a line, and drops exact repeats', () => {
    const twice = found('a.js', 1, { column: 3, end_column: 8, cwe: ['CWE-79'] });
    const other = found('a.js', 1, { column: 9, end_column: 12, cwe: ['CWE-79'] });
    const merged = mergeIssues([twice, { ...twice }, other], source([]));
    assert.equal(merged[0]?.issues.length, 2);
  });

  it('joins findings of several rules of an analyzer on the same code', () => {
    const call = found('a.js', 1, { rule_id: 'call', column: 3, end_column: 30, cwe: ['CWE-89'], severity: 'high' });
    const text = found('a.js', 1, {
      rule_id: 'text',
      column: 9,
      end_column: 20,
      cwe: ['CWE-89'],
      severity: 'critical',
    });
    const merged = mergeIssues([call, text], source([]));
    assert.deepEqual(
      merged[0]?.issues.map((issue) => [issue.rule_id, issue.also_found_by]),
      [['text', []]],
    );
  });

  it('is fast with 20,000 findings on one line', () => {
    const many = Array.from({ length: 20_000 }, (_, column) =>
      found('a.js', 1, { column: column + 1, cwe: ['CWE-1'] }),
    );
    const merged = mergeIssues(many, source([]));
    assert.equal(merged[0]?.issues.length, 1);
  });
});
