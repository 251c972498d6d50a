import type { Part } from './sqlText';

/** A word of a command: strings, and the code of values. */
export type Word = readonly Pick<Part, 'text' | 'code' | 'literal' | 'from' | 'to'>[];

/** What makes a shell do more than start a program. */
const special = /[|&;<>()$`\\*?[\]{}~!#\n\r%^]/;

/** Programs whose arguments are commands, or options that run some, so that a list of arguments is not enough. */
const runners =
  /(?:^|\/)(?:(?:ba|z|k|da)?sh|cmd(?:\.exe)?|powershell|pwsh|env|sudo|ssh|python[\d.]*|perl|ruby|node|php|xargs|find|git|tar|rsync|curl|wget|awk|docker)$/;

/**
 * The program and arguments that a shell would start for a command.
 * @param parts of the command's text
 * @returns undefined if it needs a shell, or if the program is not a literal
 */
export function wordsOf(parts: readonly Part[]): Word[] | undefined {
  const words: Part[][] = [];
  let word: Part[] | undefined;
  let quote: string | undefined;
  const add = (part?: Part) => {
    if (!word) words.push((word = []));
    if (part) word.push(part);
  };
  for (const part of parts) {
    const { text } = part;
    if (text === undefined) add(part);
    else if (quote !== undefined) {
      if (text === quote) quote = undefined;
      else if (/[$`\\\n]/.test(text)) return undefined;
      else add(part);
    } else if (text === '"' || text === "'") {
      quote = text;
      add();
    } else if (text === ' ' || text === '\t') word = undefined;
    else if (special.test(text)) return undefined;
    else add(part);
  }
  const program = words[0] ?? [];
  if (quote !== undefined || words.length < 2 || program.length === 0) return undefined;
  const name = textOf(program);
  if (name === undefined || name.includes('=') || runners.test(name)) return undefined;
  return words;
}

/** The text of a word without values. */
export function textOf(word: Word): string | undefined {
  return word.every(({ text }) => text !== undefined) ? word.map(({ text }) => text).join('') : undefined;
}
