import { l10n } from 'vscode';
import type { ReportTexts } from '../../protocol/reportPanel';
import { capitalized, severityWord } from '../words/words';

export function reportTexts(): ReportTexts {
  return {
    title: l10n.t('Scan Report'),
    loading: l10n.t('Loading the report…'),
    gaps: l10n.t('Not everything was scanned'),
    about: l10n.t('About this report'),
    bySeverity: l10n.t('Findings by severity'),
    severities: {
      critical: capitalized(severityWord('critical')),
      high: capitalized(severityWord('high')),
      medium: capitalized(severityWord('medium')),
      low: capitalized(severityWord('low')),
    },
    analyzers: l10n.t('Analyzers'),
    allAnalyzers: l10n.t('All analyzers'),
    rules: l10n.t('Rules'),
    allRules: l10n.t('All rules'),
    weaknesses: l10n.t('CWE'),
    allWeaknesses: l10n.t('All CWEs'),
    currentFile: l10n.t('Current File'),
    trend: l10n.t('Findings in the latest scans'),
    thisScan: l10n.t('this report'),
    byFile: l10n.t('Findings by file'),
    search: l10n.t('Search'),
    searchFindings: l10n.t('Search the findings'),
    searchHint: l10n.t('Prefix a word with path:, rule: or cwe: to search only there.'),
    shown: l10n.t('{0} of {1} findings', '{0}', '{1}'),
    none: l10n.t('No findings.'),
    noneWithGaps: l10n.t('No findings in what was scanned.'),
    noMatch: l10n.t('No findings match the filter.'),
    expandAll: l10n.t('Expand All'),
    collapseAll: l10n.t('Collapse All'),
    more: l10n.t('Show {0} more', '{0}'),
    line: l10n.t('Line {0}', '{0}'),
    open: l10n.t('Open {0} at line {1}', '{0}', '{1}'),
    help: l10n.t('Learn more'),
    stale: l10n.t('changed since the scan'),
    showFindings: l10n.t('Show Findings'),
    exportReport: l10n.t('Export Report…'),
  };
}
