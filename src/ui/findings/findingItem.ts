import * as vscode from 'vscode';
import { summarize, type Severity } from '../../protocol';
import type { Finding, FindingGroup, Grouping } from '../../store/findings';
import { canIgnore } from '../../store/ignoreComment';
import { commands } from '../manifest/ids';
import { rows } from '../manifest/keys';
import { oneLine } from '../words/plainText';
import { capitalized, confidenceWord, severityWord, summaryText } from '../words/words';

/** A group of the Findings view as it is shown. */
export interface GroupNode {
  readonly kind: 'group';
  readonly by: Grouping;
  readonly group: FindingGroup;
}

const error = new vscode.ThemeColor('problemsErrorIcon.foreground');
const severityIcons: Record<Severity, vscode.ThemeIcon> = {
  critical: new vscode.ThemeIcon('flame', error),
  high: new vscode.ThemeIcon('error', error),
  medium: new vscode.ThemeIcon('warning', new vscode.ThemeColor('problemsWarningIcon.foreground')),
  low: new vscode.ThemeIcon('info', new vscode.ThemeColor('problemsInfoIcon.foreground')),
};

const stateWords = { ignored: vscode.l10n.t('ignored'), known: vscode.l10n.t('in the baseline') };

export function groupItem({ by, group }: GroupNode, expanded: boolean): vscode.TreeItem {
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const [first] = group.findings;
  const name =
    by === 'severity' ? capitalized(severityWord(group.worst)) : by === 'file' && first ? first.issue.file : group.key;
  const label = oneLine(name, 120);
  const item = new vscode.TreeItem(label, expanded ? Expanded : Collapsed);
  item.id = `${by}:${group.key}`;
  item.contextValue = rows.findingGroup;
  const count = String(group.findings.length);
  const counts = summaryText(summarize(group.findings.map((finding) => finding.issue)));
  item.description = by === 'severity' ? count : counts;
  item.tooltip = `${oneLine(name, 500)}: ${counts}`;
  item.accessibilityInformation = { label: `${label}, ${counts}` };
  if (by === 'file' && first?.folder !== undefined) {
    const path = first.issue.file;
    // The file's own icon; its folder beside its name.
    item.resourceUri = vscode.Uri.joinPath(vscode.Uri.file(first.folder), path);
    item.iconPath = vscode.ThemeIcon.File;
    const cut = path.lastIndexOf('/');
    item.label = oneLine(path.slice(cut + 1), 120);
    item.description = cut < 0 ? counts : `${oneLine(path.slice(0, cut), 120)} · ${counts}`;
  } else item.iconPath = by === 'analyzer' ? new vscode.ThemeIcon('search') : severityIcons[group.worst];
  return item;
}

export function findingItem(finding: Finding, by: Grouping): vscode.TreeItem {
  const { issue } = finding;
  const message = oneLine(issue.message);
  const name = oneLine(issue.file.slice(issue.file.lastIndexOf('/') + 1), 80);
  // The place first: in a narrow side bar messages of one rule look alike.
  const item = new vscode.TreeItem(by === 'file' ? vscode.l10n.t('Line {0}', issue.line) : `${name}:${issue.line}`);
  item.id = finding.id;
  item.description = finding.state === 'open' ? message : `${stateWords[finding.state]} · ${message}`;
  item.iconPath = severityIcons[issue.severity];
  item.contextValue = rowOf(finding);
  item.tooltip = findingText(finding);
  const where = vscode.l10n.t('{0} line {1}', oneLine(issue.file), issue.line);
  const told = `${severityWord(issue.severity)}: ${message}, ${where}`;
  item.accessibilityInformation = {
    label: finding.state === 'open' ? told : `${told}, ${stateWords[finding.state]}`,
  };
  const title = vscode.l10n.t('Open Finding');
  item.command = { command: commands.openFinding, title, arguments: [{ kind: 'finding', finding }] };
  return item;
}

/** Which of the menu's commands can do something. */
function rowOf({ folder, issue, state }: Finding): string {
  if (folder === undefined) return rows.findingElsewhere;
  if (state !== 'open') return rows.findingSuppressed;
  return canIgnore(issue) ? rows.findingIgnorable : rows.finding;
}

/** A finding in full. Nothing of it is taken for Markdown: it comes from the scanned code or a foreign service. */
export function findingText({ issue }: Pick<Finding, 'issue'>): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  const line = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== '')
      text.appendMarkdown(`**${name}:** `).appendText(oneLine(value, 400)).appendMarkdown('  \n');
  };
  text.appendText(oneLine(issue.message, 2000)).appendMarkdown('\n\n');
  if (issue.suggestion !== null) text.appendText(oneLine(issue.suggestion, 2000)).appendMarkdown('\n\n');
  line(vscode.l10n.t('Location'), `${issue.file}:${issue.line}`);
  line(vscode.l10n.t('Severity'), severityWord(issue.severity));
  line(vscode.l10n.t('Confidence'), issue.confidence && confidenceWord(issue.confidence));
  line(vscode.l10n.t('Rule'), issue.rule_id);
  line(vscode.l10n.t('Weakness'), [...(issue.cwe ?? []), ...(issue.owasp ?? [])].join(', '));
  line(vscode.l10n.t('Found by'), [issue.tool, ...(issue.also_found_by ?? [])].join(', '));
  return text;
}
