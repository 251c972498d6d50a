/** A piece of Markdown. */
export interface MarkdownBlock {
  readonly kind: 'heading' | 'text' | 'item' | 'code';
  readonly parts: readonly MarkdownPart[];
}

/** Text without markup. */
export interface MarkdownPart {
  readonly text: string;
  readonly code?: boolean;
  /** What it links to, as it is written: it may be anything. */
  readonly url?: string;
}

/**
 * Reads the Markdown that tools explain their rules in: headings, paragraphs, lists, code, links. Anything else, HTML above all, is text.
 * Runs in linear time: the text may be hostile.
 */
export function markdownBlocks(markdown: string): MarkdownBlock[] {
  const blocks: MarkdownBlock[] = [];
  let open: { kind: 'text' | 'item'; lines: string[] } | undefined;
  const close = () => {
    if (open) blocks.push({ kind: open.kind, parts: partsOf(open.lines.join(' ')) });
    open = undefined;
  };
  const lines = markdown.split(/\r\n|\n|\r/);
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const fence = /^ {0,12}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined) {
      close();
      const code: string[] = [];
      while (++at < lines.length && !lines[at]?.trim().startsWith(fence)) code.push(lines[at] ?? '');
      blocks.push({ kind: 'code', parts: [{ text: code.join('\n') }] });
      continue;
    }
    const heading = /^#{1,6}[ \t]+(.*)$/.exec(line)?.[1];
    const item = /^[ \t]{0,12}(?:[-*+]|\d{1,9}[.)])[ \t]+(.*)$/.exec(line)?.[1];
    if (heading !== undefined) {
      close();
      blocks.push({ kind: 'heading', parts: partsOf(heading.trim()) });
    } else if (item !== undefined) {
      close();
      open = { kind: 'item', lines: [item] };
    } else if (line.trim() === '') close();
    else if (open) open.lines.push(line.trim());
    else open = { kind: 'text', lines: [line.trim()] };
  }
  close();
  return blocks;
}

/** An escaped character, code, a link or image, an address in brackets, or emphasis. */
const inline =
  /\\([!-/:-@[-`{-~])|(`+)([^`]+)\2(?!`)|!?\[([^[\]]{0,2000})\]\(([^()\s]{1,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,2000})?)(?:\s+"[^"]{0,500}")?\)|<(https?:\/\/[^<>\s]{1,2000})>|\*\*|__|(?<![\w*])\*(?=\S)([^*]{1,500})(?<=\S)\*(?![\w*])/g;

function partsOf(text: string): MarkdownPart[] {
  const parts: MarkdownPart[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') parts.push({ text: plain });
    plain = '';
  };
  let at = 0;
  for (const match of text.matchAll(inline)) {
    const [all, escaped, , code, words, url, address, emphasized] = match;
    plain += text.slice(at, match.index) + (escaped ?? emphasized ?? '');
    at = match.index + all.length;
    if (code !== undefined) {
      flush();
      parts.push({ text: code, code: true });
    } else if (words !== undefined && all.startsWith('!')) plain += words;
    else if (words !== undefined && url !== undefined) {
      flush();
      parts.push({
        text:
          partsOf(words)
            .map((part) => part.text)
            .join('') || url,
        url,
      });
    } else if (address !== undefined) {
      flush();
      parts.push({ text: address, url: address });
    }
  }
  plain += text.slice(at);
  flush();
  return parts;
}
