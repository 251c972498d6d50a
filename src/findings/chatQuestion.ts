import type { Issue } from '../protocol';
import { oneLine } from '../protocol/oneLine';
import { isSafe } from './applyFixes';
import { writeFinding } from './markdown';

/**
 * The prompt about a finding for a chat with our tools: the finding with its flow and its line, and the available tools.
 * @param path of its file, as the tools take it
 */
export function chatQuestion(issue: Issue, path: string): string {
  const print = issue.fingerprint === undefined ? '' : ` (fingerprint ${issue.fingerprint})`;
  const { fix } = issue;
  const unsafe =
    fix && !isSafe({ ...issue, fix }) ? ' with unsafe: true, since it may change what correct code does' : '';
  return [
    `Fix this security finding in ${withoutReferences(inlineCode(path))}, line ${issue.line}${print}, with as little change as possible.`,
    fix
      ? `It has a fix: scan the file with #codeagentScan, try the fix with #codeagentFix${unsafe}, and show me the diff before you write it.`
      : 'Use #codeagentExplain to see what is wrong, and check the new code with #codeagentCheckCode before you write it.',
    'Then scan the file again with #codeagentScan. Do not silence the finding.',
    '',
    withoutReferences(writeFinding(issue)),
  ].join('\n');
}

/** On one line; its fence is longer than any in it. */
function inlineCode(text: string): string {
  const line = oneLine(text, 1000);
  const fence = '`'.repeat(1 + Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length)));
  const space = fence.length > 1 ? ' ' : '';
  return `${fence}${space}${line}${space}${fence}`;
}

/** A chat interprets "#name" as one of its tools or files, even in a code block; scanned code must not choose them. */
function withoutReferences(text: string): string {
  return text.replace(/(^|\s)#(?=[\p{L}_])/gmu, '$1# ');
}
