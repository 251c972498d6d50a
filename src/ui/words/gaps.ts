import { l10n } from 'vscode';
import type { Gap, GapKind } from '../../protocol';
import type { ShownGap } from '../../protocol/shownGap';
import { oneLine } from './plainText';

/** Title for a kind of gap, with a general one for unknown kinds. */
function kindTitle(kind: string): string {
  const titles: Record<GapKind, string> = {
    analyzer_failed: l10n.t('Analyzer failed'),
    analyzer_unavailable: l10n.t('Analyzer not available'),
    timed_out: l10n.t('Timed out'),
    unreadable: l10n.t('Unreadable'),
    unparsed: l10n.t('Not parsed'),
    unfinished: l10n.t('Not finished'),
    over_limit: l10n.t('Limit exceeded'),
    nested_repository: l10n.t('Nested repository'),
    partial_source: l10n.t('Partly read'),
    lookup_failed: l10n.t('Lookup failed'),
    unread_lockfile: l10n.t('Lockfile not read'),
    unread_report: l10n.t('Report not read'),
    rules_ignored: l10n.t('Rules not applied'),
    findings_left_out: l10n.t('Findings omitted'),
    damaged_installation: l10n.t('Damaged installation'),
    unread_policy: l10n.t('Policy not read'),
  };
  return Object.hasOwn(titles, kind) ? titles[kind as GapKind] : l10n.t('Not scanned');
}

export function fileCount(count: number): string {
  return count === 1 ? l10n.t('1 file') : l10n.t('{0} files', count);
}

/** A gap for the webviews. Its reason may come from another service and be hostile. */
export function shownGapOf({ kind, analyzer, reason, files, examples }: Gap): ShownGap {
  return {
    title: kindTitle(kind),
    reason: oneLine(reason, 500),
    facts: [...(analyzer === null ? [] : [oneLine(analyzer, 60)]), ...(files > 0 ? [fileCount(files)] : [])],
    examples: examples.slice(0, 5).map((path) => oneLine(path, 200)),
  };
}
