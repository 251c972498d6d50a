import { createHash } from 'node:crypto';
import { formerRule } from '../findings/renamedRules';
import type { Issue } from '../protocol';

/** By which it is told from the fingerprint of a finding in a file, which a scan of the files could find again. */
const prefix = 'history-';

/**
 * A fingerprint of a key in the history. It names the commit, unlike that of a finding in a file: an entry of the baseline for one must not hide another key
 * that once stood in a line which, masked, looks the same.
 * @param times how often each was asked for, which is counted on
 */
export function historyFingerprint(issue: Issue, commit: string, times: Map<string, number>): string {
  const text = (issue.snippet ?? '').replace(/\s+/g, ' ').trim();
  const key = JSON.stringify([formerRule(issue.rule_id) ?? issue.rule_id, issue.file, text, commit]);
  const time = times.get(key) ?? 0;
  times.set(key, time + 1);
  return prefix + createHash('sha256').update(`${key}${time}`).digest('hex').slice(0, 32);
}

/** Whether a fingerprint is that of a key in the history. */
export function isOfHistory(fingerprint: string): boolean {
  return fingerprint.startsWith(prefix);
}
