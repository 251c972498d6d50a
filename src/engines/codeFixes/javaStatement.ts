import type { Replacement } from './codeFix';

const disallow = 'setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);';

/** `factory.setFeature(…)` before the statement that creates a parser. */
export function withoutDoctypes(text: string, from: number, to: number): Replacement[] | undefined {
  const [, factory] = /^([\w.]+)\s*\.\s*new(?:DocumentBuilder|SAXParser)\s*\(\s*\)$/.exec(text.slice(from, to)) ?? [];
  const start = factory === undefined || /^[A-Z]/.test(factory) ? undefined : statementStart(text, from);
  return start === undefined ? undefined : [insertedLine(text, start, `${factory ?? ''}.${disallow}`)];
}

/** Where the statement around an offset starts, if it starts its line and is in a block. */
export function statementStart(text: string, offset: number): number | undefined {
  for (
    let lineStart = text.lastIndexOf('\n', offset - 1) + 1;
    ;
    lineStart = text.lastIndexOf('\n', lineStart - 2) + 1
  ) {
    const before = text.slice(0, lineStart).replace(/(?:\s|\/\/[^\n]*$|\/\*(?:(?!\*\/)[\s\S])*\*\/)+$/, '');
    const line = text.slice(lineStart, offset);
    if (/[;{}]$/.test(withoutComment(before))) {
      // What makes it part of another statement.
      if (/[{};]|->|^\s*(?:try|case|default|else|for|while|if|switch)\b/.test(line)) return undefined;
      return lineStart + (/^\s*/.exec(line)?.[0].length ?? 0);
    }
    if (lineStart === 0 || offset - lineStart > 600) return undefined;
  }
}

/** Without a trailing comment on its last line. */
function withoutComment(text: string): string {
  return text.replace(/[ \t]*\/\/[^\n"]*$/, '');
}

function insertedLine(text: string, start: number, line: string): Replacement {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const end = /\r?\n/.exec(text)?.[0] ?? '\n';
  return { start, end: start, text: `${line}${end}${text.slice(lineStart, start)}` };
}

/** Lines after the declaration `Type name = <match>;`, with the name for `$`. */
export function linesBehind(
  text: string,
  from: number,
  to: number,
  lines: readonly string[],
): Replacement[] | undefined {
  const lineStart = text.lastIndexOf('\n', from - 1) + 1;
  const [, indent, name] = /^(\s*)(?:final\s+)?(?:[\w.]+\s+)?(\w+)\s*=\s*$/.exec(text.slice(lineStart, from)) ?? [];
  if (indent === undefined || name === undefined || !text.startsWith(';', to)) return undefined;
  if (statementStart(text, from) === undefined) return undefined;
  const end = /\r?\n/.exec(text)?.[0] ?? '\n';
  const added = lines.map((line) => `${end}${indent}${line.replaceAll('$', name)}`).join('');
  return [{ start: to + 1, end: to + 1, text: added }];
}
