import type { SyntaxNode } from '@lezer/common';
import type { Replacement } from './codeFix';
import { textOf, wordsOf, type Word } from './commandText';
import { templateLiteral, partsOf, scripts } from './scriptText';

/** `exec('program ' + value)` as `execFile('program', [value])`, which needs no shell. */
export function argumentListInScript(text: string, from: number, to: number): Replacement[] | undefined {
  let call: SyntaxNode | null = scripts.parse(text).resolveInner(from, 1);
  while (call && (call.to < to || call.name !== 'CallExpression')) call = call.parent;
  const callee = call?.firstChild;
  const command = call?.getChild('ArgList')?.firstChild?.nextSibling;
  if (!call || call.from !== from || call.to !== to || !callee || !command) return undefined;
  const named = functionOf(text.slice(callee.from, callee.to), text);
  const words = wordsOf(partsOf(command, text) ?? []);
  const [program, ...rest] = words ?? [];
  if (named === undefined || !program) return undefined;
  const imports = callee.name === 'VariableName' ? importedToo(text, named) : [];
  const quote = text.includes('"') && !text.includes("'") ? '"' : "'";
  const items = rest.map((word) => itemOf(word, quote));
  const known = items.filter((item) => item !== undefined);
  if (!imports || known.length < items.length || known.some((item) => /\n|\bawait\b|=>/.test(item))) return undefined;
  const end = callee.to;
  const called = named === 'exec' ? 'execFile' : 'execFileSync';
  return [
    ...imports,
    { start: end - named.length, end, text: called },
    {
      start: command.from,
      end: command.to,
      text: `${quote}${textOf(program) ?? ''}${quote}, [${known.join(', ')}]`,
    },
  ].toSorted((a, b) => a.start - b.start);
}

/** Which function of Node's own module is called, rather than one of shelljs. */
function functionOf(callee: string, text: string): 'exec' | 'execSync' | undefined {
  const [, object, name] =
    /^(?:(\w+|require\(['"](?:node:)?child_process['"]\))\.)?(exec(?:Sync)?)$/.exec(callee) ?? [];
  const imported = /^\w+$/.test(object ?? '')
    ? new RegExp(`\\b${object ?? ''}\\s*(?:=\\s*require\\s*\\(|from)\\s*['"](?:node:)?child_process['"]`).test(text)
    : true;
  return imported && (name === 'exec' || name === 'execSync') ? name : undefined;
}

/** Imports the other function from the module as well; undefined if the file does not import this one from there. */
function importedToo(text: string, name: string): Replacement[] | undefined {
  const other = name === 'exec' ? 'execFile' : 'execFileSync';
  const found = new RegExp(
    `\\{([^{}]*?\\b${name}\\b)(?!\\s*(?:as\\b|:))[^{}]*\\}\\s*(?:=\\s*require\\s*\\(|from)\\s*['"](?:node:)?child_process['"]`,
  ).exec(text);
  if (!found?.[1]) return undefined;
  if (new RegExp(`\\b${other}\\b`).test(found[0])) return [];
  if (new RegExp(`\\b${other}\\b`).test(text)) return undefined;
  const at = found.index + 1 + found[1].length;
  return [{ start: at, end: at, text: `, ${other}` }];
}

function itemOf(word: Word, quote: string): string | undefined {
  const plain = textOf(word);
  if (plain !== undefined) return plain.includes(quote) ? undefined : `${quote}${plain}${quote}`;
  const [only, ...more] = word;
  return more.length > 0 || only?.code === undefined ? templateLiteral(word) : `String(${only.code.trim()})`;
}
