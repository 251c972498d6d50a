import assert from 'node:assert/strict';
import { report, type Gap, type Issue, type Report, type ReportMeta } from '../../src/protocol';
import { compareReports } from '../../src/findings/compareReports';

type Finding = Partial<Issue> & { fingerprint?: string };

function reportOf(findings: readonly Finding[], meta: Partial<ReportMeta> = {}): Report {
  const issues = findings.map((more) => ({
    tool: 'one',
    type: 'security',
    message: 'Bad.',
    severity: 'high',
    file: 'a.js',
    line: 1,
    rule_id: 'rule',
    ...more,
  }));
  return report.parse({
    job_id: 'job',
    meta: { tools: ['one', 'two'], repo: { source: 'git' }, generated_at: '', duration_ms: 1, ...meta },
    summary: { critical: 0, high: 0, medium: 0, low: 0 },
    files: [{ path: 'a.js', issues }],
  });
}

const kinds = (before: Report, now: Report) =>
  compareReports(before, now).map((change) => [
    change.kind,
    ('now' in change ? change.now : change.before).fingerprint,
    ...('reason' in change ? [change.reason] : []),
  ]);

describe('the outcome of findings', () => {
  const before = reportOf([
    { fingerprint: 'stays', line: 1 },
    { fingerprint: 'goes' },
    { fingerprint: 'two goes', tool: 'two' },
  ]);
  const gap = (analyzer: string | null): Gap => ({
    kind: 'unfinished',
    analyzer,
    reason: 'Cut.',
    files: 1,
    examples: [],
  });

  it('is determined by their fingerprints, even if their lines have moved', () => {
    const now = reportOf([{ fingerprint: 'stays', line: 9 }, { fingerprint: 'comes' }]);
    assert.deepEqual(kinds(before, now), [
      ['existing', 'stays'],
      ['new', 'comes'],
      ['resolved', 'goes'],
      ['resolved', 'two goes'],
    ]);
  });

  it('is determined without fingerprints too', () => {
    const one = reportOf([{ line: 1 }, { line: 2 }]);
    assert.deepEqual(
      compareReports(one, reportOf([{ line: 2 }, { line: 3 }])).map(({ kind }) => kind),
      ['existing', 'new', 'resolved'],
    );
  });

  it('is unknown if their analyzer did not check everything', () => {
    const now = (meta: Partial<ReportMeta>) =>
      kinds(before, reportOf([], meta)).map(([kind, , reason]) => [kind, reason]);
    const resolved = ['resolved', undefined];
    const coverage = (analyzer: string | null) => ({ coverage: { complete: false, gaps: [gap(analyzer)] } });
    assert.deepEqual(now({}), [resolved, resolved, resolved]);
    assert.deepEqual(now(coverage('two')), [resolved, resolved, ['not_assessed', 'Cut.']]);
    assert.deepEqual(now(coverage(null)), Array(3).fill(['not_assessed', 'Cut.']));
    const failed = ['not_assessed', 'two did not complete in this scan.'];
    assert.deepEqual(now({ tools: ['one'] }), [resolved, resolved, failed]);
    assert.deepEqual(
      now({ partial: true }).map(([kind]) => kind),
      Array(3).fill('not_assessed'),
    );
  });

  it('leaves out what is suppressed', () => {
    const suppression = { kind: 'inSource', reason: null, by: null, expires: null, state: 'accepted' } as const;
    const now = reportOf([
      { fingerprint: 'stays', suppression },
      { fingerprint: 'comes', suppression },
    ]);
    assert.deepEqual(kinds(before, now), [
      ['resolved', 'goes'],
      ['resolved', 'two goes'],
    ]);
    assert.deepEqual(kinds(now, reportOf([])), []);
  });
});
