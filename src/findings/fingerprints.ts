import type { Issue } from '../protocol';

/** The current fingerprint of a finding, and its former ones; empty if its scanner did not provide any. */
export function fingerprintsOf({
  fingerprint,
  former_fingerprints = [],
}: Pick<Issue, 'fingerprint' | 'former_fingerprints'>): string[] {
  return fingerprint === undefined ? [] : [fingerprint, ...former_fingerprints];
}
