import { severities, type Summary } from '../../protocol';

export function noFindings(): Summary {
  return { critical: 0, high: 0, medium: 0, low: 0 };
}

/** Adds the counts of one scan to a sum, or subtracts them with -1. */
export function addTo(sum: Summary, counts: Summary, sign: 1 | -1 = 1): void {
  for (const severity of severities) sum[severity] += sign * counts[severity];
}
