import assert from 'node:assert/strict';
import type { Job, JobPhase } from '../../src/protocol';
import { jobDescription, phaseDescription } from '../../src/ui/words/words';
import german from '../../l10n/bundle.l10n.de.json';
import { speak } from './support/vscode';

const job: Job = {
  job_id: 'a',
  status: 'running',
  progress: { phase: 'analyze:ruff', percent: 42, eta_sec: 3 },
  submitted_at: null,
  started_at: '2026-11-23T16:37:18Z',
  finished_at: null,
  error: null,
};
const done: Job = {
  ...job,
  status: 'completed',
  finished_at: '2026-11-23T16:37:22.200Z',
  summary: { critical: 0, high: 2, medium: 1, low: 0 },
};
const phase: JobPhase = {
  phase: 'analyze:ruff',
  status: 'completed',
  started_at: '2026-11-23T16:37:18Z',
  finished_at: '2026-11-23T16:37:19Z',
  percent: 100,
  findings: 1,
  reason: null,
};

describe('texts about a job', () => {
  afterEach(() => speak('en', {}));

  it('are English', () => {
    assert.equal(jobDescription(job), 'Analyzing (ruff) · 42% · 3 s left');
    assert.equal(jobDescription(done), '2 high, 1 medium · 4.2 s');
    assert.equal(phaseDescription(phase), '1 finding · 1.0 s');
    assert.equal(phaseDescription({ ...phase, findings: 2 }), '2 findings · 1.0 s');
    assert.equal(phaseDescription({ ...phase, findings: 0 }), '0 findings · 1.0 s');
    assert.equal(phaseDescription({ ...phase, phase: 'merge', findings: 0 }), '1.0 s');
    assert.equal(phaseDescription({ ...phase, reason: 'half of it' }), '1 finding · half of it · 1.0 s');
    assert.equal(phaseDescription({ ...phase, status: 'skipped', reason: 'no Python' }), 'Skipped: no Python');
  });

  it('are German if VS Code is', () => {
    speak('de', german);
    assert.equal(jobDescription(job), 'Analysieren (ruff) · 42% · noch 3 s');
    assert.equal(jobDescription(done), '2 hoch, 1 mittel · 4,2 s');
    assert.equal(phaseDescription(phase), '1 Befund · 1,0 s');
    assert.equal(phaseDescription({ ...phase, findings: 2 }), '2 Befunde · 1,0 s');
    assert.equal(phaseDescription({ ...phase, status: 'skipped', reason: 'no Python' }), 'Übersprungen: no Python');
  });
});
