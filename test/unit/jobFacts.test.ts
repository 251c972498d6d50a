import assert from 'node:assert/strict';
import { agoText } from '../../src/ui/words/ago';
import { comparisonText, placeText, scopeText, startOf } from '../../src/ui/words/jobFacts';
import { trackedJob } from './support/trackedJob';
import { speak } from './support/vscode';

const minute = 60_000;

describe('a scan’s row', () => {
  afterEach(() => speak('en', {}));

  it('says how long ago the scan was', () => {
    const ago = (ms: number) => agoText(1e12 - ms, 1e12);
    assert.deepEqual(
      [0, 59_000, minute, 61 * minute, 25 * 60 * minute, 40 * 24 * 60 * minute, 800 * 24 * 60 * minute].map(ago),
      ['now', 'now', '1 min. ago', '1 hr. ago', 'yesterday', 'last mo.', '2 yr. ago'],
    );
    // The clock of another machine may be ahead.
    assert.equal(ago(-5 * minute), 'now');
    speak('de', {});
    assert.equal(ago(5 * minute), 'vor 5 Min.');
  });

  it('knows its start only from this clock, or from a time with an offset', () => {
    const stamped = (submitted_at: string) => startOf(trackedJob('a', {}, { submitted_at }));
    assert.equal(startOf(trackedJob('a', { startedHere: 7 }, { submitted_at: '2026-01-02T03:04:05Z' })), 7);
    assert.equal(stamped('2026-01-02T03:04:05.000Z'), Date.UTC(2026, 0, 2, 3, 4, 5));
    assert.equal(stamped('2026-01-02T03:04:05+02:00'), Date.UTC(2026, 0, 2, 1, 4, 5));
    assert.equal(stamped('2026-01-02T03:04:05.123456'), undefined);
    assert.equal(stamped('nonsense Z'), undefined);
    assert.equal(startOf(trackedJob('a')), undefined);
  });

  it('names its scope', () => {
    const scope = (...include: string[]) =>
      scopeText(trackedJob('a', { request: { source: { kind: 'path', path: '/shop' }, include } }));
    assert.equal(scope(), 'all files');
    assert.equal(scope('/src/a.js'), 'src/a.js');
    assert.equal(scope('/a.js', '/b.js'), '2 files');
    assert.equal(scope('/a.js', '/src/'), '2 files and folders');
    assert.equal(scopeText(trackedJob('a')), undefined);
  });

  it('says where it runs', () => {
    assert.equal(placeText({ service: 'embedded', url: 'http://127.0.0.1:1' }), 'on this machine');
    assert.equal(placeText({ service: 'remote', url: 'https://scan.example.com/api' }), 'on scan.example.com');
    assert.equal(placeText({ service: 'remote', url: '' }), 'on a server');
    assert.equal(placeText({ service: 'imported', url: '/a.sarif' }), 'imported');
  });

  it('counts what changed', () => {
    const text = (added: number, fixed: number, unassessed = 0) =>
      comparisonText({ before: 'id', added, fixed, unassessed });
    assert.equal(text(12, 5), '12 new, 5 fixed');
    assert.equal(text(0, 1, 2), '1 fixed, 2 not checked again');
    assert.equal(text(0, 0), 'no changes');
  });
});
