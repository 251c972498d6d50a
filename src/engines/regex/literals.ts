import { parser as javaScript } from '@lezer/javascript';
import { parser as python } from '@lezer/python';
import type { SyntaxNode, Tree } from '@lezer/common';
import type { Expression } from './messages';

/** A regular expression in source code, at UTF-16 offsets. */
export interface Literal {
  readonly from: number;
  readonly to: number;
  readonly expression: Expression;
}

/** A longer one is likely generated, and slow to analyze. */
const maxLength = 2_000;
/** The end of a repeated group, and what inside such a group can make matching take exponential time. */
const repeated = /\)(?:[+*]|\{\d*,)/g;
const varying = /[+*}|?]/;
/** What looks like an expression in source code, on one line. */
const candidates = {
  javaScript: /[=(,:[!&|?{};\s]\/(?![*/])((?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/|\bRegExp\(\s*(["'].*?["'])/g,
  python: /\bre(?:gex)?\.\w+\(\s*(\w*(?:"[^"\n]*"|'[^'\n]*'))()/g,
};

/** The regular expressions in JavaScript, TypeScript or Python that may backtrack. */
export function literalsOf(path: string, source: string): Literal[] {
  const isPython = /\.pyw?$/i.test(path);
  if (isPython && !/\bre(?:gex)?\b/.test(source)) return [];
  if (!hasNested(source) && !hasCandidate(source, isPython ? candidates.python : candidates.javaScript)) return [];
  const read = isPython ? pythonLiteral : javaScriptLiteral;
  const tree: Tree = isPython ? python.parse(source) : javaScript.configure({ dialect: dialectOf(path) }).parse(source);
  const literals: Literal[] = [];
  tree.iterate({
    enter: ({ node, from, to }) => {
      const expression = read(node, source);
      if (!expression || expression.source.length > maxLength || !isWorthChecking(expression.source)) return;
      literals.push({ from, to, expression });
    },
  });
  return literals;
}

/** Whether a line has a repeated group that contains a repetition or a choice, without which no expression takes exponential time. */
function hasNested(source: string): boolean {
  for (const { index } of source.matchAll(repeated)) {
    const before = source.slice(Math.max(0, index - maxLength), index);
    if (varying.test(before.slice(before.lastIndexOf('\n') + 1))) return true;
  }
  return false;
}

function hasCandidate(source: string, candidate: RegExp): boolean {
  for (const [, literal, text] of source.matchAll(candidate)) if (isRepetitive(literal ?? text ?? '')) return true;
  return false;
}

function isWorthChecking(source: string): boolean {
  return isRepetitive(source) || hasNested(source);
}

/**
 * Whether an expression may take quadratic time: it has repetitions one after the other or in each other, or one that every part of
 * the input may begin with.
 */
function isRepetitive(source: string): boolean {
  const plain = source.replace(/\\./g, 'e').replace(/\[[^\]]*\]/g, 'c');
  const repetitions = plain.match(/[+*]|\{\d+,\}/g)?.length ?? 0;
  return repetitions > 1 || (repetitions === 1 && !plain.startsWith('^') && /(?:[+*]|\})\??[^+*?]/.test(plain));
}

function dialectOf(path: string): string {
  if (/\.tsx$/i.test(path)) return 'jsx ts';
  return /\.[cm]?ts$/i.test(path) ? 'ts' : 'jsx';
}

/** A literal, or a `RegExp("...")` with a constant string. */
function javaScriptLiteral(node: SyntaxNode, source: string): Expression | undefined {
  if (node.name === 'RegExp') {
    const [, text, flags] = /^\/(.*)\/([a-z]*)$/s.exec(textOf(node, source)) ?? [];
    return text === undefined || flags === undefined ? undefined : { source: text, flags };
  }
  if (node.name !== 'NewExpression' && node.name !== 'CallExpression') return undefined;
  const callee = node.firstChild?.name === 'new' ? node.firstChild.nextSibling : node.firstChild;
  if (!callee || !/^(?:(?:window|globalThis)\.)?RegExp$/.test(textOf(callee, source))) return undefined;
  const [text, flags] = argumentsOf(node);
  if (text?.name !== 'String') return undefined;
  const given = flags?.name === 'String' ? textOf(flags, source).slice(1, -1) : '';
  return { source: unescaped(textOf(text, source).slice(1, -1), javaScriptEscapes), flags: given };
}

const pythonFunctions = /^(?:re|regex)\.(?:compile|match|search|fullmatch|split|findall|finditer|subn?|template)$/;

/** The constant string passed to a function of `re`, in JavaScript's syntax. */
function pythonLiteral(node: SyntaxNode, source: string): Expression | undefined {
  if (node.name !== 'CallExpression' || !node.firstChild) return undefined;
  if (!pythonFunctions.test(textOf(node.firstChild, source))) return undefined;
  const [text] = argumentsOf(node);
  if (text?.name !== 'String') return undefined;
  const [, prefix = '', , inner = ''] = /^(\w*)("""|'''|"|')(.*)\2$/s.exec(textOf(text, source)) ?? [];
  if (/f/i.test(prefix)) return undefined;
  const all = textOf(node, source);
  if (/\bre(?:gex)?\.(?:X|VERBOSE)\b/.test(all.slice(text.to - node.from))) return undefined;
  return fromPython(/r/i.test(prefix) ? inner : unescaped(inner, pythonEscapes));
}

/** Converts Python's syntax to JavaScript's. What JavaScript lacks is left as it is, and rejected by its parser. */
export function fromPython(source: string): Expression | undefined {
  const [, inline = ''] = /^\(\?([a-zA-Z]+)\)/.exec(source) ?? [];
  if (/x/i.test(inline)) return undefined;
  const text = source
    .slice(inline === '' ? 0 : inline.length + 3)
    .replace(/\(\?P<(\w+)>/g, '(?<$1>')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\(\?#[^)]*\)/g, '')
    .replace(/\\A/g, '^')
    .replace(/\\Z/g, '$');
  return { source: text, flags: `${/i/.test(inline) ? 'i' : ''}${/s/.test(inline) ? 's' : ''}` };
}

function argumentsOf(call: SyntaxNode): SyntaxNode[] {
  const list = call.getChild('ArgList');
  const nodes: SyntaxNode[] = [];
  for (let node = list?.firstChild ?? null; node; node = node.nextSibling)
    if (!/^[(),]$/.test(node.name) && !/Comment$/.test(node.name)) nodes.push(node);
  return nodes;
}

function textOf(node: SyntaxNode, source: string): string {
  return source.slice(node.from, node.to);
}

const javaScriptEscapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', v: '\v', f: '\f', b: '\b' };
const pythonEscapes = { ...javaScriptEscapes, a: '\u0007', '\n': '' };

/** The value of a string literal; numeric escapes stay, since they mean the same in an expression. */
function unescaped(text: string, escapes: Readonly<Record<string, string>>): string {
  const isPython = escapes === pythonEscapes;
  return text.replace(/\\([\s\S])/g, (whole, char: string) => {
    const known = escapes[char];
    if (known !== undefined) return known;
    if (char === '\\' || char === '"' || char === "'" || char === '`') return char;
    // JavaScript drops the backslash of an unknown escape; Python keeps it.
    return isPython || /[xu0-9]/.test(char) ? whole : char;
  });
}
