import assert from 'node:assert/strict';
import { isSettled } from '../../src/sources/fileStamp';

describe('a file stamp', () => {
  const settled = (changed: number, read: number) => isSettled({ text: '', changed }, read);

  it('recognizes content that was read well after it changed', () => {
    assert.ok(settled(1_000_000.25, 1_000_101));
    assert.ok(!settled(1_000_000.25, 1_000_099));
    assert.ok(!settled(1_000_000.25, 999_000));
  });

  it('does so later if timestamps may be in whole seconds', () => {
    assert.ok(!settled(1_000_000, 1_001_999));
    assert.ok(settled(1_000_000, 1_002_001));
  });
});
