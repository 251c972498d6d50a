import { l10n } from 'vscode';
import type { PanelTexts } from '../../protocol/panel';
import { phaseWord, severityWord } from '../words/words';

export function panelTexts(): PanelTexts {
  return {
    title: l10n.t('Scan Progress'),
    scanProgress: l10n.t('Scan progress'),
    gaps: l10n.t('Not everything was scanned'),
    steps: l10n.t('Steps'),
    analyzers: l10n.t('Analyzers'),
    states: {
      pending: phaseWord('pending'),
      running: phaseWord('running'),
      completed: phaseWord('completed'),
      failed: phaseWord('failed'),
      skipped: phaseWord('skipped'),
    },
    severities: {
      critical: severityWord('critical'),
      high: severityWord('high'),
      medium: severityWord('medium'),
      low: severityWord('low'),
    },
    cancel: l10n.t('Cancel Scan'),
    rerun: l10n.t('Rerun Scan'),
    retry: l10n.t('Retry'),
    showFindings: l10n.t('Show Findings'),
    openReport: l10n.t('Open Report'),
    exportReport: l10n.t('Export Report…'),
    showLog: l10n.t('Show Log'),
    gone: l10n.t('This scan is no longer in the list.'),
    log: l10n.t('Log'),
    scanLog: l10n.t('Scan log'),
    search: l10n.t('Search'),
    searchLog: l10n.t('Search the log'),
    level: l10n.t('Level'),
    levels: {
      debug: l10n.t('All levels'),
      info: l10n.t('Info and above'),
      warning: l10n.t('Warnings and errors'),
      error: l10n.t('Errors'),
    },
    follow: l10n.t('Follow'),
    copy: l10n.t('Copy'),
    matches: l10n.t('{0} of {1}', '{0}', '{1}'),
  };
}
