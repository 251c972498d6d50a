import * as vscode from 'vscode';
import { errorMessage } from '../../base/errors';
import type { Change } from '../../findings/compareReports';
import { worstFirst } from '../../findings/order';
import { titleOf } from '../../findings/title';
import { changesBetween, countChanges, scanBefore } from '../../store/comparison';
import type { Finding } from '../../store/findings';
import type { TrackedJob } from '../../store/scanStore';
import { openFinding } from '../findings/openFinding';
import { jobIdOf, pickJob } from '../jobs/pickJob';
import { commands } from '../manifest/ids';
import { registerCommand } from '../window/command';
import type { WindowContext } from '../window/windowContext';
import { agoText } from '../words/ago';
import { comparisonText, startOf } from '../words/jobFacts';
import { inertLine } from '../words/plainText';
import { jobLabel, severityWord } from '../words/words';

/** How many findings of a kind to list: VS Code stutters with thousands. */
const maxRows = 500;

/** Compares each scan with the previous one when it ends, and registers the command that lists the differences. */
export function registerComparisons(context: WindowContext): void {
  const { scans, store, log, subscriptions } = context;
  subscriptions.push(
    scans.onEnded((tracked) => {
      const before = scanBefore(tracked, store.jobs);
      if (!tracked.report || !before) return;
      compare(context, before, tracked).catch((error: unknown) => {
        // A report that no longer exists only costs the comparison.
        log.warn(`Could not compare ${tracked.id} with the scan before it: ${errorMessage(error)}`);
      });
    }),
  );
  registerCommand(context, commands.compareScan, async (argument) => {
    const tracked = await pickJob(store, argument, {
      // On a row without an earlier scan, say so.
      matches: (one) =>
        one.job.status === 'completed' &&
        (jobIdOf(argument) !== undefined || scanBefore(one, store.jobs) !== undefined),
      title: vscode.l10n.t('Select a scan to compare with the previous one'),
      none: vscode.l10n.t('No scan has an earlier one to compare with.'),
    });
    if (!tracked) return;
    const before = scanBefore(tracked, store.jobs);
    if (!before) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t('There is no earlier scan of {0} to compare with.', jobLabel(tracked.job)),
      );
      return;
    }
    await showChanges(tracked, before, await compare(context, before, tracked));
  });
}

/** Compares two scans, and keeps the numbers. @throws ServiceError if a report is gone */
async function compare({ scans, store }: WindowContext, before: TrackedJob, now: TrackedJob): Promise<Change[]> {
  const [old, report] = [await scans.loadReport(before.id), await scans.loadReport(now.id)];
  const changes = changesBetween(old, report, now);
  store.dispatch({ type: 'compared', id: now.id, comparison: countChanges(before.id, changes) });
  return changes;
}

interface ChangeItem extends vscode.QuickPickItem {
  readonly finding?: Finding;
}

async function showChanges(now: TrackedJob, before: TrackedJob, changes: readonly Change[]): Promise<void> {
  const at = startOf(before);
  const since = at === undefined ? jobLabel(before.job) : agoText(at, Date.now());
  const items = [
    ...section(vscode.l10n.t('New'), now, changes, 'new'),
    ...section(vscode.l10n.t('Fixed'), before, changes, 'resolved'),
    ...section(vscode.l10n.t('Not checked again'), before, changes, 'not_assessed'),
  ];
  if (items.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0}: no changes since the previous scan ({1}).', jobLabel(now.job), since),
    );
    return;
  }
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t(
      '{0}: {1} since the previous scan ({2})',
      jobLabel(now.job),
      comparisonText(countChanges(before.id, changes)),
      since,
    ),
    placeHolder: vscode.l10n.t('Select a finding to open it'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked?.finding) await openFinding(picked.finding);
}

/** The findings of one kind of change, worst first. @param scan the one that found them */
function section(title: string, scan: TrackedJob, all: readonly Change[], kind: Change['kind']): ChangeItem[] {
  const changes = all
    .filter((change) => change.kind === kind)
    .map((change) => ({
      issue: change.kind === 'new' ? change.now : change.kind === 'existing' ? change.now : change.before,
      reason: change.kind === 'not_assessed' ? change.reason : undefined,
    }))
    .sort((a, b) => worstFirst(a.issue, b.issue));
  if (changes.length === 0) return [];
  const rows = changes.slice(0, maxRows).map(({ issue, reason }, index): ChangeItem => ({
    label: inertLine(titleOf(issue), 120),
    description: inertLine(`${severityWord(issue.severity)} · ${issue.file}:${issue.line}`, 300),
    ...(reason !== undefined && { detail: inertLine(reason, 300) }),
    finding: {
      ...{ id: `${scan.id}:${kind}:${index}`, job: scan.id, source: jobLabel(scan.job), folder: scan.folder },
      ...{ issue, state: 'open' },
    },
  }));
  const left = changes.length - rows.length;
  return [
    { label: `${title}: ${changes.length}`, kind: vscode.QuickPickItemKind.Separator },
    ...rows,
    ...(left > 0 ? [{ label: vscode.l10n.t('{0} more', left) }] : []),
  ];
}
