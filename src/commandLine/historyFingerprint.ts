import { createHash } from 'node:crypto';
import { formerRule } from '../findings/renamedRules';
import type { Issue } from '../protocol';

/** Distinguishes it from the fingerprint of a finding in a file, which a scan of the files could find again. */
const prefix = 'history-';

/**
 * A fingerprint of a key in the history. Unlike that of a finding in a file, it includes the commit: a baseline entry for one key must not
 * hide another that was once in a line that looks the same when masked.
 * @param times counts how often each was requested
 */
export function historyFingerprint(issue: Issue, commit: string, times: Map<string, number>): string {
  const text = (issue.snippet ?? '').replace(/\s+/g, ' ').trim();
  const key = JSON.stringify([formerRule(issue.rule_id) ?? issue.rule_id, issue.file, text, commit]);
  const time = times.get(key) ?? 0;
  times.set(key, time + 1);
  return prefix + createHash('sha256').update(`${key}${time}`).digest('hex').slice(0, 32);
}

/** Whether a fingerprint is that of a key in the history. */
export function isHistoryFingerprint(fingerprint: string): boolean {
  return fingerprint.startsWith(prefix);
}
