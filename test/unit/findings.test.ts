import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Issue } from '../../src/protocol';
import {
  filtered,
  findingsOf,
  grouped,
  groupings,
  isFiltering,
  noFilter,
  standingFindings,
  standingJobs,
  withoutRepeats,
  type Finding,
  type Grouping,
} from '../../src/store/findings';
import { covers, scopePattern } from '../../src/store/scope';
import { noSuppressions } from '../../src/store/suppressions';
import { deciding } from './support/deciding';
import type { TrackedJob } from '../../src/store/scanStore';
import { inertLine, oneLine } from '../../src/ui/words/plainText';
import { reportOf, trackedJob } from './support/trackedJob';

function issue(part: Partial<Issue>): Issue {
  const base = { tool: 'ast-grep', type: 'security', message: 'A defect', severity: 'medium' as const };
  return { ...base, file: 'a.js', line: 1, rule_id: 'js-rule', suggestion: null, ...part };
}

function job(id: string, part: Partial<TrackedJob>, issues: readonly Issue[] = []): TrackedJob {
  const files = new Map<string, Issue[]>();
  for (const one of issues) files.set(one.file, [...(files.get(one.file) ?? []), one]);
  const report = reportOf(id, { files: [...files].map(([path, some]) => ({ path, issues: some })) });
  return trackedJob(id, { report, ...part });
}

const some = findingsOf(
  job('1', {}, [
    issue({ file: 'b.js', line: 3, severity: 'low', rule_id: 'js-log', title: 'Secret in log', cwe: ['CWE-532'] }),
    issue({ file: 'a.js', line: 9, severity: 'high', message: 'SQL injection', cwe: ['CWE-89'] }),
    issue({ file: 'a.js', line: 2, severity: 'high', tool: 'secretlint', rule_id: 'aws-key', title: 'AWS key' }),
    issue({ file: 'c.py', line: 1, severity: 'critical', tool: 'ruff', rule_id: 'S301', title: 'Unsafe unpickling' }),
  ]),
  'shop',
  noSuppressions,
);
const at = (findings: readonly Finding[]) => findings.map(({ issue: { file, line } }) => `${file}:${line}`);

describe('findings as a list', () => {
  it('are the same list until the scan or the suppressions change', () => {
    const tracked = job('7', {}, [issue({})]);
    const first = findingsOf(tracked, 's', noSuppressions);
    assert.equal(findingsOf({ ...tracked, connection: 'ended' }, 's', noSuppressions), first);
    assert.notEqual(findingsOf(tracked, 's', { ...noSuppressions }), first);
    assert.equal(findingsOf(tracked, 't', noSuppressions)[0]?.source, 't');
    const ignoring = { ...noSuppressions, rules: new Set(['js-rule']) };
    assert.equal(findingsOf(tracked, 't', ignoring)[0]?.state, 'ignored');
  });

  it('groups by severity, worst first, and each by file and line', () => {
    const groups = grouped(some, 'severity');
    assert.deepEqual(
      groups.map((g) => [g.key, at(g.findings)]),
      [
        ['critical', ['c.py:1']],
        ['high', ['a.js:2', 'a.js:9']],
        ['low', ['b.js:3']],
      ],
    );
  });

  it('groups by file, title, weakness and analyzer with the worst on top', () => {
    const keys = (by: Grouping, all = some) => grouped(all, by).map((g) => g.key);
    assert.deepEqual(keys('file'), ['shop/c.py', 'shop/a.js', 'shop/b.js']);
    assert.deepEqual(keys('title'), ['Unsafe unpickling', 'AWS key', 'SQL injection', 'Secret in log']);
    assert.deepEqual(keys('cwe'), ['', 'CWE-89', 'CWE-532']);
    const deep = findingsOf(
      job('2', {}, [issue({ file: 'src/a.js' }), issue({ file: 'src/x/b.js' })]),
      's',
      noSuppressions,
    );
    assert.deepEqual(keys('folder', [...some, ...deep]), ['shop/', 's/src', 's/src/x']);
    assert.deepEqual(
      grouped(some, 'analyzer').map((g) => [g.key, g.worst]),
      [
        ['ruff', 'critical'],
        ['ast-grep', 'high'],
        ['secretlint', 'high'],
      ],
    );
  });

  it('filters by severity, analyzer and words', () => {
    assert.equal(isFiltering(noFilter), false);
    assert.equal(filtered(some, noFilter), some);
    assert.deepEqual(at(filtered(some, { ...noFilter, hiddenSeverities: ['high', 'low'] })), ['c.py:1']);
    assert.deepEqual(at(filtered(some, { ...noFilter, hiddenAnalyzers: ['ruff', 'ast-grep'] })), ['a.js:2']);
    assert.deepEqual(at(filtered(some, { ...noFilter, text: '  SQL  A.JS ' })), ['a.js:9']);
    assert.deepEqual(at(filtered(some, { ...noFilter, text: 'cwe-89' })), ['a.js:9']);
    assert.equal(isFiltering({ ...noFilter, text: '   ' }), false);
  });

  it('filters by path, rule and weakness, each with its prefix', () => {
    const left = (text: string) => at(filtered(some, { ...noFilter, text }));
    assert.deepEqual(left('unpickling'), ['c.py:1']);
    assert.deepEqual(left('path:.PY'), ['c.py:1']);
    assert.deepEqual(left('rule:aws-'), ['a.js:2']);
    assert.deepEqual(left('rule:a.js'), []);
    assert.deepEqual(left('cwe:89 file:a.js'), ['a.js:9']);
    assert.deepEqual(left('cwe:CWE-532'), ['b.js:3']);
    assert.deepEqual(left('cwe:8'), []);
  });

  it('filters by the file in the editor', () => {
    const current = { ...noFilter, currentFile: true };
    assert.ok(isFiltering(current));
    assert.deepEqual(at(filtered(some, current, join('/shop', 'a.js'))), ['a.js:9', 'a.js:2']);
    assert.deepEqual(filtered(some, current, undefined), []);
  });

  it('puts the worst first: severity, then confidence, then path', () => {
    const all = [
      issue({ file: 'a.js', severity: 'high', confidence: 'low' }),
      issue({ file: 'c.js', severity: 'high', confidence: 'high' }),
      issue({ file: 'b.js', severity: 'high', confidence: 'high' }),
      issue({ file: 'd.js', severity: 'critical', confidence: 'low' }),
    ];
    const [group] = grouped(findingsOf(job('3', {}, all), 's', noSuppressions), 'analyzer');
    assert.deepEqual(at(group?.findings ?? []), ['d.js:1', 'b.js:1', 'c.js:1', 'a.js:1']);
  });

  it('can show only findings that are new since the baseline', () => {
    const both = job('1', {}, [issue({ fingerprint: 'old' }), issue({ fingerprint: 'new' })]);
    const all = findingsOf(both, '', deciding({ baseline: ['old'] }));
    const left = filtered(all, { ...noFilter, newOnly: true });
    assert.deepEqual(
      left.map((finding) => finding.issue.fingerprint),
      ['new'],
    );
    assert.ok(isFiltering({ ...noFilter, newOnly: true }));
  });

  it('drops findings that were both scanned and imported', () => {
    const scan = job('scan', { folder: '/w' }, [issue({ fingerprint: 'f' }), issue({ fingerprint: 'f' })]);
    const origin = { service: 'imported' as const, url: '/w/x.sarif' };
    const imported = job('import', { folder: '/w', origin }, [
      issue({ fingerprint: 'f' }),
      issue({ fingerprint: 'g' }),
    ]);
    const again = job('again', { folder: '/w', origin }, []);
    assert.deepEqual(
      standingJobs([again, imported, scan]).map((chain) => chain.map(({ id }) => id)),
      [['again'], ['scan']],
    );
    const all = [scan, imported].flatMap((one) => findingsOf(one, '', noSuppressions));
    assert.deepEqual(
      withoutRepeats(all).map(({ job, issue: { fingerprint } }) => [job, fingerprint]),
      [
        ['scan', 'f'],
        ['scan', 'f'],
        ['import', 'g'],
      ],
    );
  });

  it('uses the newest completed job of each folder', () => {
    const running = job('4', {});
    const jobs = [
      { ...running, job: { ...running.job, status: 'running' as const } },
      job('3', {}),
      job('2', { folder: '/other' }),
      job('1', {}),
    ];
    assert.deepEqual(
      standingJobs(jobs).map((chain) => chain.map((j) => j.id)),
      [['3'], ['2']],
    );
  });

  it('uses the latest scan that covers each file', () => {
    const source = { kind: 'path' as const, path: '/shop' };
    const part = { request: { source, include: ['/src/', '/a.js'] } };
    const jobs = [
      job('2', part, [issue({ file: 'src/new.js' })]),
      job('1', {}, [issue({ file: 'a.js' }), issue({ file: 'b.js' }), issue({ file: 'src/old.js' })]),
      job('0', {}, [issue({ file: 'z.js' })]),
    ];
    const [chain = []] = standingJobs(jobs);
    assert.deepEqual(at(standingFindings(chain, () => 'shop', noSuppressions)), ['src/new.js:1', 'b.js:1']);
  });

  it('describes a scope by patterns that are simple to match', () => {
    assert.equal(scopePattern('src/a b(1).js', 'file'), '/src/a b?1?.js');
    assert.equal(scopePattern('src', 'folder'), '/src/');
    assert.ok(covers(undefined, 'a.js') && covers([], 'a.js'));
    assert.ok(covers(['/src/a b?1?.js'], 'src/a b(1).js'));
    assert.ok(covers(['/src/'], 'src/x/y.js'));
    assert.ok(!covers(['/src/'], 'srcx/y.js') && !covers(['/src/'], 'x/src/y.js') && !covers(['/a.js'], 'b/a.js'));
  });

  it('is fast with 10,000 findings', () => {
    const many = findingsOf(
      job(
        'many',
        {},
        Array.from({ length: 10_000 }, (_, i) => issue({ file: `src/f${i % 2000}.js`, line: i, message: `m${i}` })),
      ),
      'shop',
      noSuppressions,
    );
    const left = filtered(many, { ...noFilter, text: 'm9' });
    for (const by of groupings) grouped(left, by);
    assert.ok(left.length > 1000);
  });
});

describe('untrusted text on one line', () => {
  it('replaces control characters and is truncated', () => {
    assert.equal(oneLine(' a\r\n\tb\u0007 \u202egnp.exe '), 'a b\ufffd \ufffdgnp.exe');
    assert.equal(oneLine('x'.repeat(1_000_000)).length, 200);
    assert.equal(oneLine('[x](command:evil) <b>'), '[x](command:evil) <b>');
  });

  it('has no links or icons where VS Code would render them', () => {
    assert.equal(inertLine('a [x](command:evil) $(trash~spin) f(x)'), 'a [x] (command:evil) $ (trash~spin) f(x)');
  });
});
