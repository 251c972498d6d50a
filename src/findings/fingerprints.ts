import type { Issue } from '../protocol';

/** The fingerprint of a finding, and those that it had before; none if its scanner gave none. */
export function fingerprintsOf({
  fingerprint,
  former_fingerprints = [],
}: Pick<Issue, 'fingerprint' | 'former_fingerprints'>): string[] {
  return fingerprint === undefined ? [] : [fingerprint, ...former_fingerprints];
}
