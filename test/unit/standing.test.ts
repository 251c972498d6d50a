import assert from 'node:assert/strict';
import type { Gap, Issue, Report } from '../../src/protocol';
import { gapCountOf, gapsOf } from '../../src/store/coverage';
import { changesBetween } from '../../src/store/comparison';
import { standing, totalOf } from '../../src/store/standing';
import { checkedFiles, type CheckedFile } from '../../src/store/checked';
import { ScanStore, type TrackedJob } from '../../src/store/scanStore';
import { deciding } from './support/deciding';
import { noSuppressions, type Suppressions } from '../../src/store/suppressions';
import { reportOf, trackedJob } from './support/trackedJob';

const gap: Gap = { kind: 'unparsed', analyzer: 'ast-grep', reason: 'Not parsed.', files: 1, examples: ['a.js'] };

function issue(file: string, part: Partial<Issue> = {}): Issue {
  const base = { tool: 'ast-grep', type: 'security', message: 'A defect', severity: 'high' as const, suggestion: null };
  return { ...base, file, line: 1, rule_id: 'rule', fingerprint: file, ...part };
}

interface Scan extends Partial<TrackedJob> {
  readonly issues?: readonly Issue[];
  readonly gaps?: readonly Gap[];
}

function scan(id: string, { issues = [], gaps = [], ...part }: Scan = {}): TrackedJob {
  const report = reportOf(id, {
    meta: { coverage: { complete: gaps.length === 0, gaps: [...gaps] } },
    summary: { critical: 0, high: issues.length, medium: 0, low: 0 },
    files: issues.map((one) => ({ path: one.file, issues: [one] })),
  });
  return trackedJob(id, { report, ...part }, { summary: report.summary, gaps: gaps.length });
}

const part = (file: string): Scan => ({
  request: { source: { kind: 'path', path: '/shop' }, include: [`/${file}`] },
});

function reportIn({ report }: TrackedJob): Report {
  assert.ok(report);
  return report;
}

function stands(jobs: readonly TrackedJob[], suppressions: Suppressions = noSuppressions) {
  return standing(jobs, {
    labelOf: ({ id }) => id,
    suppressionsOf: () => suppressions,
    counts: (state) => state === 'open',
  });
}

describe('the current findings', () => {
  it('are those of all folders, not just of the latest scan', () => {
    const shop = scan('shop', { issues: [issue('a.js'), issue('b.js')] });
    const api = scan('api', { folder: '/api', issues: [issue('a.js', { severity: 'low' })] });
    const { open, findings } = stands([api, shop]);
    assert.deepEqual(open, { critical: 0, high: 2, medium: 0, low: 1 });
    assert.equal(findings.length, 3);
  });

  it('include those of the full scan after a partial one', () => {
    const whole = scan('whole', { issues: [issue('a.js'), issue('b.js')] });
    assert.equal(totalOf(stands([scan('part', part('a.js')), whole]).open), 1);
    const other = scan('part', { ...part('c.js'), issues: [issue('c.js')] });
    assert.equal(totalOf(stands([other, whole]).open), 3);
  });

  it('include those that lead through files that a partial scan of their own has not read', () => {
    const step = (file: string, role: 'source' | 'sink') => ({ file, line: 1, role });
    const flow = [step('b.js', 'source'), step('a.js', 'sink')];
    const whole = scan('whole', { issues: [issue('a.js', { flow })] });
    assert.equal(totalOf(stands([scan('part', part('a.js')), whole]).open), 1, 'b.js was not read');
    const again = scan('part', { ...part('a.js'), issues: [issue('a.js', { flow })] });
    assert.equal(totalOf(stands([again, whole]).open), 1, 'found again');
    const include = ['/a.js', '/b.js'];
    const both = scan('both', { request: { source: { kind: 'path', path: '/shop' }, include } });
    assert.equal(totalOf(stands([both, whole]).open), 0);
    assert.deepEqual(changesBetween(reportIn(whole), reportIn(scan('part')), scan('part', part('a.js'))), []);
  });

  it('stay if a scan fails or is canceled', () => {
    const whole = scan('whole', { issues: [issue('a.js')] });
    const job = { ...whole.job, status: 'canceled' as const };
    assert.equal(totalOf(stands([scan('later', { job }), whole]).open), 1);
  });

  it('exclude suppressed ones, and count those', () => {
    const whole = scan('whole', { issues: [issue('a.js'), issue('b.js'), issue('c.js', { rule_id: 'other' })] });
    const decided = deciding({ rules: ['other'], baseline: ['b.js'] });
    const { open, hidden } = stands([whole], decided);
    assert.deepEqual([totalOf(open), hidden], [1, 2]);
  });

  it('hide what the settings leave out, and say which setting does', () => {
    const levels = [issue('a.js', { severity: 'medium' }), issue('b.js', { severity: 'low' }), issue('old/c.js')];
    const settings = {
      ...deciding({}),
      isExcluded: (file: string) => file.startsWith('old/'),
      least: 'medium',
    } as const;
    const { findings, open, hidden } = stands([scan('whole', { issues: levels })], settings);
    assert.deepEqual(
      findings.map(({ state, setting, decision }) => [state, setting, decision?.reason]),
      [
        ['open', undefined, undefined],
        ['ignored', 'severity', 'The settings hide findings below medium.'],
        ['ignored', 'exclude', 'The settings leave its file out of scans.'],
      ],
    );
    assert.deepEqual([totalOf(open), hidden], [1, 2]);
  });

  it('leave to the team what it has decided before a setting', () => {
    const settings = { ...deciding({ baseline: ['a.js'] }), isExcluded: () => true } as const;
    const { findings } = stands([scan('whole', { issues: [issue('a.js')] })], settings);
    assert.deepEqual([findings[0]?.state, findings[0]?.setting], ['known', undefined]);
  });

  it('are counted by the service until the report is fetched', () => {
    const whole = scan('whole', { issues: [issue('a.js'), issue('b.js')] });
    assert.equal(totalOf(stands([{ ...whole, report: undefined }]).open), 2);
  });

  it('count each gap once, even if a partial scan repeats it', () => {
    const other = { ...gap, reason: 'Another.' };
    const whole = scan('whole', { gaps: [gap, other] });
    assert.equal(stands([scan('part', { ...part('a.js'), gaps: [gap] }), whole]).gaps, 2);
    assert.equal(stands([scan('api', { folder: '/api', gaps: [gap] }), whole]).gaps, 3);
    assert.equal(stands([{ ...whole, report: undefined }]).gaps, 2);
    assert.equal(stands([scan('clean')]).gaps, 0);
  });
});

describe('the findings of a scan that has not completed', () => {
  function live(file: string, line = 1): Issue {
    const found = issue(file, { line, snippet: `bad(${line})` });
    delete found.fingerprint;
    return found;
  }
  const unfinished = (status: TrackedJob['job']['status'], part: Partial<TrackedJob>) => {
    const one = scan('now', { startedHere: 5 });
    return { ...one, job: { ...one.job, status }, report: undefined, ...part };
  };

  it('are shown as they arrive, next to those of the previous scan', () => {
    const before = scan('before', { issues: [issue('a.js'), issue('b.js')] });
    const running = unfinished('running', { live: [live('a.js'), live('c.js'), live('c.js'), live('c.js', 2)] });
    const { findings, partial, open } = stands([running, before]);
    assert.deepEqual(
      findings.map(({ issue: { file, line } }) => `${file}:${line}`),
      ['a.js:1', 'b.js:1', 'c.js:1', 'c.js:2'],
    );
    assert.equal(totalOf(open), 4);
    assert.deepEqual(partial, [running]);
    assert.equal(totalOf(stands([running]).open), 3, 'also of the first scan');
  });

  it('are those of the report once the scan completes', () => {
    const done = scan('now', { issues: [issue('a.js')] });
    assert.deepEqual([totalOf(stands([done]).open), stands([done]).partial], [1, []]);
    const unread = unfinished('completed', { live: [live('a.js'), live('b.js')] });
    assert.equal(stands([unread]).findings.length, 2, 'not gone until the report is there');
  });

  it('stay if it is canceled or fails, marked partial, until a full scan completes', () => {
    const { report } = scan('now', { issues: [issue('c.js')] });
    for (const one of [unfinished('canceled', { report }), unfinished('failed', { live: [live('c.js')] })]) {
      const before = scan('before', { issues: [issue('a.js')] });
      const now = stands([one, before]);
      assert.deepEqual(
        now.findings.map((finding) => finding.issue.file),
        ['a.js', 'c.js'],
      );
      assert.deepEqual(now.partial, [one]);
      assert.deepEqual(stands([scan('later', { issues: [issue('a.js')] }), one, before]).partial, []);
    }
  });
});

describe('the findings of saved files', () => {
  const step = { line: 1, column: 1, end_line: 1, end_column: 2, message: '', role: 'source' as const };
  const at = Date.UTC(2026, 0, 2);
  const answer = (file: string, issues: Issue[], analyzers = ['ast-grep'], alone = false) =>
    checkedFiles({ files: [{ path: file, issues, alone }], left_out: [], analyzers }, at);
  /** A store with these jobs, oldest last. */
  function storeOf(...jobs: TrackedJob[]): ScanStore {
    const store = new ScanStore((error) => {
      throw error;
    });
    for (const job of jobs.toReversed()) track(store, job);
    return store;
  }
  function track(store: ScanStore, { id, job, origin, folder, request, startedHere, report }: TrackedJob): void {
    store.dispatch({
      ...{ type: 'tracked', id, job, origin },
      ...(folder !== undefined && { folder }),
      ...(request && { request }),
      ...(startedHere !== undefined && { startedHere }),
    });
    if (report) store.dispatch({ type: 'report', id, report });
  }
  const findingsIn = ({ jobs, checked }: ScanStore) =>
    standing(jobs, {
      labelOf: ({ id }) => id,
      suppressionsOf: () => noSuppressions,
      counts: (state) => state === 'open',
      checked,
    }).findings;
  const filesIn = (store: ScanStore) =>
    findingsIn(store).map((finding) => `${finding.issue.file} ${finding.issue.fingerprint ?? ''}`);
  const check = (store: ScanStore, files: readonly CheckedFile[], folder = '/shop') =>
    store.dispatch({ type: 'checked', folder, files });
  const first = scan('first', { issues: [issue('a.js', { fingerprint: 'old' }), issue('b.js')], startedHere: at - 9 });

  it('replace those of the scan, only in their files and folder', () => {
    const store = storeOf(first, scan('api', { folder: '/api', issues: [issue('a.js', { fingerprint: 'api' })] }));
    check(store, answer('a.js', [issue('a.js', { fingerprint: 'new' })]));
    assert.deepEqual(filesIn(store).sort(), ['a.js api', 'a.js new', 'b.js b.js']);
    check(store, answer('a.js', []));
    assert.deepEqual(filesIn(store).sort(), ['a.js api', 'b.js b.js']);
  });

  it('keep those of analyzers that did not run', () => {
    const by = (tool: string, more: Partial<Issue> = {}) => issue('a.js', { tool, fingerprint: tool, ...more });
    const all = [by('ast-grep'), by('semgrep'), by('osv', { also_found_by: ['secretlint'] })];
    const store = storeOf(scan('first', { issues: all }));
    check(store, answer('a.js', [], ['ast-grep', 'secretlint']));
    assert.deepEqual(filesIn(store), ['a.js semgrep']);
    // A later check in which one analyzer failed keeps that analyzer's earlier findings.
    check(store, answer('a.js', [by('ast-grep'), by('secretlint')], ['ast-grep', 'secretlint']));
    check(store, answer('a.js', [], ['ast-grep']));
    assert.deepEqual(filesIn(store), ['a.js semgrep', 'a.js secretlint']);
  });

  it('leave what was found by way of other files, where those could not be looked at', () => {
    const through = (...files: string[]) => files.map((file) => ({ ...step, file }));
    const own = issue('a.js', { tool: 'flow', fingerprint: 'own', flow: through('a.js', 'a.js') });
    const across = issue('a.js', { tool: 'flow', fingerprint: 'across', flow: through('b.js', 'a.js') });
    const store = storeOf(scan('first', { issues: [own, across] }));
    check(store, answer('a.js', [], ['flow'], true));
    assert.deepEqual(filesIn(store), ['a.js across']);
    check(store, answer('a.js', [{ ...across, line: 9 }], ['flow'], true));
    assert.deepEqual(
      findingsIn(store).map((finding) => finding.issue.line),
      [9],
      'found again, it is there once',
    );
    check(store, answer('a.js', [], ['flow'], true));
    check(store, answer('a.js', [], ['osv']));
    assert.deepEqual(filesIn(store), ['a.js across']);
    check(store, answer('a.js', [], ['flow']));
    assert.deepEqual(filesIn(store), []);
  });

  it('are the same findings as before, found anew', () => {
    const store = storeOf(scan('first', { issues: [issue('a.js', { fingerprint: 'one' }), issue('b.js')] }));
    const ids = () => findingsIn(store).map(({ id }) => id);
    const before = ids();
    check(store, answer('a.js', [issue('a.js', { fingerprint: 'one', line: 7 })]));
    assert.deepEqual(ids().toSorted(), before.toSorted());
    assert.deepEqual(
      findingsIn(store).map(({ issue: { file }, checkedAt }) => [file, checkedAt]),
      [
        ['b.js', undefined],
        ['a.js', at],
      ],
    );
    track(
      store,
      scan('later', { issues: [issue('a.js', { fingerprint: 'one' }), issue('b.js')], startedHere: at + 1 }),
    );
    assert.deepEqual(ids(), before, 'in a later scan, too');
    assert.equal(new Set(ids()).size, 2);
  });

  it('go with a file that no scan would read any more', () => {
    const store = storeOf(first);
    check(store, checkedFiles({ files: [], left_out: ['a.js'], analyzers: ['ast-grep'] }, at));
    assert.deepEqual(filesIn(store), ['b.js b.js']);
  });

  it('stay until the report of a later scan that covers them', () => {
    const store = storeOf(first);
    check(store, answer('a.js', []));
    track(store, scan('earlier', { issues: [issue('a.js')], startedHere: at - 1 }));
    assert.deepEqual(filesIn(store), [], 'the one that began before');
    track(store, scan('elsewhere', { ...part('b.js'), issues: [issue('b.js')], startedHere: at + 1 }));
    assert.deepEqual(filesIn(store), ['b.js b.js']);
    const failed = scan('failed', { startedHere: at + 2, issues: [issue('a.js')] });
    track(store, { ...failed, job: { ...failed.job, status: 'canceled' } });
    assert.deepEqual(filesIn(store), ['b.js b.js', 'a.js a.js'], 'adds what it found, and replaces nothing');
    track(store, scan('later', { issues: [issue('a.js', { fingerprint: 'late' })], startedHere: at + 3 }));
    assert.deepEqual(filesIn(store), ['a.js late']);
    assert.equal(store.checked.get('/shop')?.size, 0);
  });

  it('disappear with the last scan of their folder', () => {
    const store = storeOf(first);
    check(store, answer('a.js', [issue('a.js')]));
    store.dispatch({ type: 'removed', ids: ['first'] });
    assert.deepEqual(filesIn(store), []);
    assert.equal(store.checked.size, 0);
  });
});

describe('the gaps of a scan', () => {
  it('include those only known to this window and those of the report', () => {
    const mine = { ...gap, kind: 'over_limit', analyzer: null };
    const tracked = scan('one', { gaps: [gap], notSent: [mine] });
    assert.deepEqual(gapsOf(tracked), [mine, gap]);
    assert.equal(gapCountOf(tracked), 2);
    assert.equal(gapCountOf({ ...tracked, report: undefined }), 2);
    assert.equal(gapCountOf({ ...tracked, job: { ...tracked.job, status: 'running' } }), 0);
  });
});
