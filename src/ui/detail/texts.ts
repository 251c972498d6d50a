import { l10n } from 'vscode';
import type { DetailTexts } from '../../protocol/detailPanel';

export function detailTexts(): DetailTexts {
  return {
    title: l10n.t('Finding Detail'),
    empty: l10n.t('Select a finding in the Findings view, or place the cursor on one in the editor.'),
    flow: l10n.t('How data gets here'),
    previousStep: l10n.t('Previous step'),
    nextStep: l10n.t('Next step'),
    stepOf: l10n.t('Step {0} of {1}', '{0}', '{1}'),
    fix: l10n.t('Fix'),
    apply: l10n.t('Apply Fix'),
    added: l10n.t('added'),
    removed: l10n.t('removed'),
    suggestion: l10n.t('What to do'),
    example: l10n.t('Example'),
    bad: l10n.t('Bad'),
    good: l10n.t('Good'),
    links: l10n.t('References'),
    decide: l10n.t('Suppress'),
    reason: l10n.t('Reason (optional)'),
    expires: l10n.t('Expires'),
    expiry: [
      { days: null, text: l10n.t('Never expires') },
      { days: 30, text: l10n.t('For {0} days', 30) },
      { days: 90, text: l10n.t('For {0} days', 90) },
      { days: 365, text: l10n.t('For a year') },
    ],
    baseline: l10n.t('Add to Baseline'),
    ignoreHere: l10n.t('Ignore on This Line'),
    ignoreInFile: l10n.t('Ignore Rule in This File'),
    ignoreRule: l10n.t('Ignore Rule in Workspace'),
    restore: l10n.t('Stop Ignoring'),
    explainDecision: l10n.t('Explain Why This Is Hidden'),
    explain: l10n.t('Explain Rule'),
    copy: l10n.t('Copy as Markdown'),
  };
}
