import type { Suppressions } from '../../../src/store/suppressions';

/** The decisions of a trusted folder's users. @param baseline fingerprints */
export function deciding({ rules = [], baseline = [] }: { rules?: string[]; baseline?: string[] }): Suppressions {
  const entries = baseline.map((fingerprint, index) => ({ fingerprint, file: '', rule: '', line: index + 3 }));
  return {
    policy: { config: undefined, baseline: new Map(entries.map((entry) => [entry.fingerprint, entry])) },
    isTrusted: true,
    rules: new Set(rules),
    now: Date.parse('2026-12-01'),
  };
}
