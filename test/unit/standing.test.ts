import assert from 'node:assert/strict';
import type { Gap, Issue } from '../../src/protocol';
import { gapCountOf, gapsOf } from '../../src/store/coverage';
import { standing, totalOf } from '../../src/store/standing';
import type { TrackedJob } from '../../src/store/scanStore';
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

function stands(jobs: readonly TrackedJob[], suppressions: Suppressions = noSuppressions) {
  return standing(jobs, {
    labelOf: ({ id }) => id,
    suppressionsOf: () => suppressions,
    counts: (state) => state === 'open',
  });
}

describe('the current findings', () => {
  it('are those of all folders, not just of the newest scan', () => {
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

  it('stay if a scan fails or is canceled', () => {
    const whole = scan('whole', { issues: [issue('a.js')] });
    const job = { ...whole.job, status: 'canceled' as const };
    assert.equal(totalOf(stands([scan('later', { job }), whole]).open), 1);
  });

  it('exclude suppressed ones, and count those', () => {
    const whole = scan('whole', { issues: [issue('a.js'), issue('b.js'), issue('c.js', { rule_id: 'other' })] });
    const decided = { rules: new Set(['other']), baseline: new Set(['b.js']) };
    const { open, hidden } = stands([whole], decided);
    assert.deepEqual([totalOf(open), hidden], [1, 2]);
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
