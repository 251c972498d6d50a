import * as vscode from 'vscode';
import type { Severity } from '../../protocol';
import { titleOf } from '../../findings/title';
import { weaknessTitles } from '../../findings/weaknesses';
import { folderOf, type Finding, type FindingGroup, type Grouping } from '../../store/findings';
import { canIgnore } from '../../store/ignoreComment';
import { commands } from '../manifest/ids';
import { rows } from '../manifest/keys';
import { oneLine } from '../words/plainText';
import { capitalized, confidenceWord, severityWord, summaryText } from '../words/words';

/** A group in the Findings view. */
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
  const name = groupName(by, group);
  const label = oneLine(name, 120);
  const item = new vscode.TreeItem(label, expanded ? Expanded : Collapsed);
  item.id = `${by}:${group.key}`;
  item.contextValue = rows.findingGroup;
  const counts = summaryText(group.summary);
  item.description = by === 'severity' ? String(group.count) : counts;
  item.tooltip = `${oneLine(name, 500)}: ${counts}`;
  item.accessibilityInformation = { label: `${label}, ${counts}` };
  const { first } = group;
  if (by === 'file' && first.folder !== undefined) {
    const path = first.issue.file;
    // Show the file's icon, and its folder after its name.
    item.resourceUri = vscode.Uri.joinPath(vscode.Uri.file(first.folder), path);
    item.iconPath = vscode.ThemeIcon.File;
    const folder = folderOf(path);
    item.label = oneLine(baseOf(path), 120);
    item.description = folder === '' ? counts : `${oneLine(folder, 120)} · ${counts}`;
  } else if (by === 'folder') item.iconPath = vscode.ThemeIcon.Folder;
  else item.iconPath = by === 'analyzer' ? new vscode.ThemeIcon('search') : severityIcons[group.worst];
  return item;
}

function groupName(by: Grouping, { key, worst, first }: FindingGroup): string {
  switch (by) {
    case 'severity':
      return capitalized(severityWord(worst));
    case 'file':
      return first.issue.file;
    case 'folder':
      return folderOf(first.issue.file) || first.source;
    case 'cwe': {
      if (key === '') return vscode.l10n.t('No CWE');
      const title = weaknessTitles[Number(/\d+/.exec(key)?.[0])];
      return title === undefined ? key : `${key} · ${title}`;
    }
    default:
      return key;
  }
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/**
 * Its title, then its location: in a narrow side bar, the end is cut off. What the group already says is left out.
 * @param isChanged whether its code has changed since it was found
 */
export function findingItem(finding: Finding, by: Grouping, isChanged: boolean): vscode.TreeItem {
  const { issue } = finding;
  const title = oneLine(titleOf(issue), 120);
  const place = `${oneLine(baseOf(issue.file), 80)}:${issue.line}`;
  const folder = oneLine(folderOf(issue.file), 120);
  const item = new vscode.TreeItem(by === 'title' ? place : title);
  item.id = finding.id;
  const where =
    by === 'file'
      ? [vscode.l10n.t('Line {0}', issue.line)]
      : [...(by === 'title' ? [] : [place]), ...(by === 'folder' || folder === '' ? [] : [folder])];
  const notes = [
    ...(isChanged ? [vscode.l10n.t('changed since the scan')] : []),
    ...(finding.state === 'open' ? [] : [stateWords[finding.state]]),
  ];
  item.description = [...notes, ...where].join(' · ');
  item.iconPath = severityIcons[issue.severity];
  item.contextValue = rowOf(finding);
  const spoken = `${severityWord(issue.severity)}: ${title}, ${vscode.l10n.t('{0} line {1}', oneLine(issue.file), issue.line)}`;
  item.accessibilityInformation = {
    label: [spoken, ...notes].join(', '),
  };
  const command = vscode.l10n.t('Open Finding');
  item.command = { command: commands.previewFinding, title: command, arguments: [{ kind: 'finding', finding }] };
  return item;
}

/** The context value, which selects the menu's commands. */
function rowOf({ folder, issue, state }: Finding): string {
  if (folder === undefined) return rows.findingElsewhere;
  if (state !== 'open') return rows.findingSuppressed;
  return canIgnore(issue) ? rows.findingIgnorable : rows.finding;
}

/** All details of a finding. Its texts are never rendered as Markdown, since they come from scanned code or another service. */
export function findingText({ issue }: Pick<Finding, 'issue'>): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  const line = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== '')
      text.appendMarkdown(`**${name}:** `).appendText(oneLine(value, 400)).appendMarkdown('  \n');
  };
  text
    .appendMarkdown('**')
    .appendText(oneLine(titleOf(issue), 200))
    .appendMarkdown('**\n\n');
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
