import assert from 'node:assert/strict';
import type { Tools } from '../../src/protocol';
import { chosenAnalyzers } from '../../src/ui/manifest/analyzerChoice';

const detail = (id: string, kind: 'embedded' | 'external', available = true) => ({
  ...{ id, title: id, kind, available },
  ...{ version: null, reason: null, install_hint: null },
});
const tools: Tools = {
  available: ['ruff', 'bandit', 'pip-audit'],
  default: ['ruff', 'bandit'],
  versions: {},
  details: [
    detail('ruff', 'embedded'),
    detail('bandit', 'external'),
    detail('pip-audit', 'external'),
    detail('gosec', 'external', false),
  ],
};
const whole = { whole: true, trusted: true };

describe('the choice of analyzers', () => {
  it('takes those the service selects, minus those turned off, plus those turned on, even if missing', () => {
    assert.deepEqual(chosenAnalyzers(tools, {}, whole), ['ruff', 'bandit']);
    assert.deepEqual(chosenAnalyzers(tools, { ruff: 'off', 'pip-audit': 'on', gosec: 'on' }, whole), [
      'bandit',
      'pip-audit',
      'gosec',
    ]);
    assert.deepEqual(chosenAnalyzers(tools, { nowhere: 'on', bandit: 'auto' }, whole), ['ruff', 'bandit']);
  });

  it('runs external tools on part of a folder only if turned on, and never in Restricted Mode', () => {
    const use = { 'pip-audit': 'on' } as const;
    assert.deepEqual(chosenAnalyzers(tools, use, { ...whole, whole: false }), ['ruff', 'pip-audit']);
    assert.deepEqual(chosenAnalyzers(tools, use, { ...whole, trusted: false }), ['ruff']);
  });

  it('works with a service that sends no details', () => {
    const old: Tools = { available: ['bandit', 'semgrep'], default: ['bandit'], versions: {} };
    assert.deepEqual(chosenAnalyzers(old, { semgrep: 'on' }, whole), ['bandit', 'semgrep']);
  });
});
