import { parser } from '@lezer/python';
import type { SyntaxNode } from '@lezer/common';
import type { Replacement } from './codeFix';
import { textOf, wordsOf, type Word } from './commandText';
import { areReassigned, fString, definitionOf, partsOf } from './pythonText';

const runners = /^(?:(?:subprocess|sp)\.)?(?:run|call|check_call|check_output|Popen)$/;

/** Turns a shell command into a list of the program and its arguments, which needs no shell. */
export function argumentListInPython(text: string, from: number, to: number): Replacement[] | undefined {
  let call: SyntaxNode | null = parser.parse(text).resolveInner(from, 1);
  while (call && (call.to < to || call.name !== 'CallExpression')) call = call.parent;
  const callee = call?.firstChild;
  const list = call?.getChild('ArgList');
  const command = list?.firstChild?.nextSibling;
  if (!call || call.from !== from || call.to !== to || !callee || !list || !command) return undefined;
  const name = text.slice(callee.from, callee.to);
  const around = aroundOf(name, text, list, to);
  const statement = command.name === 'VariableName' ? definitionOf(command, text) : command;
  const words = statement && wordsOf(partsOf(statement, text) ?? []);
  if (!around || !words) return undefined;
  const items = words.map((word) => itemOf(word, text));
  const known = items.filter((item) => item !== undefined);
  if (known.length < items.length || known.some((item) => /\n|#|\bawait\b|:=|quote\(/.test(item))) return undefined;
  if (statement.to < call.from && areReassigned(known, text.slice(statement.to, call.from))) return undefined;
  const edit = { start: statement.from, end: statement.to, text: `[${known.join(', ')}]` };
  return [edit, ...around(callee)].toSorted((a, b) => a.start - b.start);
}

/** The edits around the command. */
function aroundOf(
  name: string,
  text: string,
  list: SyntaxNode,
  end: number,
): ((callee: SyntaxNode) => Replacement[]) | undefined {
  if (runners.test(name)) {
    const [, before = '', comma] = /^([\s\S]*?)(,\s*shell\s*=\s*True)\b/.exec(text.slice(list.from, list.to)) ?? [];
    if (comma === undefined) return undefined;
    const start = list.from + before.length;
    return () => [{ start, end: start + comma.length, text: '' }];
  }
  const isAlone = list.firstChild?.nextSibling?.nextSibling?.nextSibling === null;
  if (!isAlone) return undefined;
  if (name === 'os.system') return ({ from, to }) => [{ start: from, end: to, text: 'subprocess.call' }];
  if (name !== 'os.popen' || !text.startsWith('.read()', end)) return undefined;
  return ({ from, to }) => [
    { start: from, end: to, text: 'subprocess.run' },
    { start: end - 1, end: end + '.read()'.length, text: ', stdout=subprocess.PIPE, text=True).stdout' },
  ];
}

function itemOf(word: Word, text: string): string | undefined {
  const plain = textOf(word);
  if (plain !== undefined) return plain.includes('"') ? undefined : `"${plain}"`;
  const [only, ...more] = word;
  if (more.length > 0 || only?.code === undefined) return fString(word);
  // An operand of `+` is already a string.
  if (!only.literal) return text.slice(only.from, only.to);
  return /^(?:str|f?["'])/.test(only.code) ? only.code : `str(${only.code})`;
}
