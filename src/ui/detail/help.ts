import { isHttp } from '../../findings/link';
import { markdownBlocks } from '../../findings/markdownBlocks';
import type { HelpBlock } from '../../protocol/detailPanel';
import { oneLine } from '../words/plainText';
import { codeLine } from './plain';

const maxHelp = 20_000;
const maxBlocks = 200;
const maxLines = 100;

/** A tool's Markdown on a rule, as the view shows it: its text is plain, and links lead to the web only. */
export function helpBlocks(markdown: string): HelpBlock[] {
  return markdownBlocks(markdown.slice(0, maxHelp))
    .slice(0, maxBlocks)
    .map(({ kind, parts }) => ({
      kind,
      parts: parts.map(({ text, code, url }) => ({
        text: kind === 'code' ? text.split('\n').slice(0, maxLines).map(codeLine).join('\n') : spaced(text),
        ...(code === true && { code }),
        ...(isHttp(url) && url.length < 2000 && { url }),
      })),
    }));
}

/** On one line; a space at an end, which parts it from its neighbor, stays. */
function spaced(text: string): string {
  const plain = oneLine(text, 2000);
  return `${/^\s/.test(text) ? ' ' : ''}${plain}${/\S\s$/.test(text) ? ' ' : ''}`;
}
