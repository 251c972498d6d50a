import * as vscode from 'vscode';
import type { Disposable } from '../../base/lifecycle';
import { titleOf } from '../../findings/title';
import { oneLine } from '../words/plainText';
import { capitalized, confidenceWord, severityWord } from '../words/words';
import type { EditorFindings } from './editorFindings';
import type { PlacedFinding } from './fileFindings';

/** Registers the hover: the title, and what the diagnostic does not show (severity, confidence, CWE with a link, analyzers). */
export function registerHover(findings: EditorFindings): Disposable {
  return vscode.languages.registerHoverProvider(
    { scheme: 'file' },
    {
      provideHover(document, position) {
        const found = findings.at(document.uri, new vscode.Range(position, position));
        return found.length === 0 ? undefined : new vscode.Hover(found.map(hoverText));
      },
    },
  );
}

/** @returns Markdown in which the finding's own texts are plain text */
export function hoverText({ issue }: Pick<PlacedFinding, 'issue'>): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text
    .appendMarkdown('**')
    .appendText(oneLine(titleOf(issue), 120))
    .appendMarkdown('**');
  text.appendMarkdown(` · ${capitalized(severityWord(issue.severity))}`);
  if (issue.confidence) text.appendMarkdown(` · ${vscode.l10n.t('{0} confidence', confidenceWord(issue.confidence))}`);
  for (const id of issue.cwe ?? []) {
    const number = /^CWE-(\d{1,5})$/.exec(id)?.[1];
    if (number !== undefined)
      text.appendMarkdown(` · [CWE-${number}](https://cwe.mitre.org/data/definitions/${number}.html)`);
  }
  for (const id of issue.owasp ?? []) text.appendMarkdown(' · ').appendText(oneLine(id, 60));
  text.appendMarkdown(' · ').appendText(oneLine([issue.tool, ...(issue.also_found_by ?? [])].join(', '), 120));
  return text;
}
