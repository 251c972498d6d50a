import type { SyntaxNode } from '@lezer/common';
import type { Replacement } from './codeFix';
import { argumentsOf, partsOf, scripts } from './scriptText';
import type { Part } from './sqlText';

/** Where a browser parses a text as markup: the assigned text, or a call's argument. */
interface Sink {
  readonly markup: SyntaxNode;
  /** How to insert it as text instead: the name to replace, and its replacement; undefined if there is no such name. */
  readonly asText?: Replacement;
}

/** Properties and methods that take markup, and their counterparts that take text. */
const counterparts: Readonly<Record<string, string>> = {
  innerHTML: 'textContent',
  insertAdjacentHTML: 'insertAdjacentText',
  html: 'text',
};

/** Names of variables with markup rather than text: escaping would make the markup visible. */
const markupName =
  /html|markup|markdown|templ|tpl|content|response|resp\b|result|data\b|body|svg|icon|button|render|output|page|fragment|snippet|element|\bel\b|node|child|view|cells?\b|rows?\b|items?\b|list|table|options?\b|badge|inner|outer|src_?doc|xml|\bdom\b/i;
/** A single call whose result contains no markup or is escaped, or a length. */
const plainCall =
  /^(?:(?:Number|parseInt|parseFloat|Math\.\w+|encodeURIComponent|(?:[\w$]+\.)*(?:escape_?html|html_?escape|escapeMarkup|_\.escape|DOMPurify\.sanitize))\([^()]*\)|[\w$.[\]]+\.(?:length|toFixed\(\d*\)))$/i;
const plainValue = /^[A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*|\[(?:[\w$]+|'[^']*'|"[^"]*")\])*$/;

/**
 * Markup built from the file's own strings and from values: the values are escaped with a function, which is added to the file if it has
 * none. A text without any markup of its own is assigned as text.
 */
export function escapedMarkupInScript(text: string, from: number, to: number, file: string): Replacement[] | undefined {
  const sink = sinkAt(text, from, to);
  if (!sink || /\.min\.js$/i.test(file) || text.slice(from, to).length > 2_000) return undefined;
  const { markup, asText } = sink;
  const value = text.slice(markup.from, markup.to);
  if (plainValue.test(value)) return asText && !isMarkup(value) ? [asText] : undefined;
  const parts = partsOf(markup, text);
  if (!parts) return undefined;
  if (asText && !parts.some((part) => part.text === '<' || part.text === '&')) {
    return parts.some(({ code }) => code !== undefined && (!plainValue.test(code.trim()) || isMarkup(code)))
      ? undefined
      : [asText];
  }
  const places = placesOf(parts);
  const escape = places && escapeFunction(text, file);
  if (!places || places.length === 0 || !escape) return undefined;
  return [
    ...places.map(({ from: start, to: end, code, literal }) => ({
      start: literal ? start + 2 : start,
      end: literal ? end - 1 : end,
      text: `${escape.name}(${code.trim()})`,
    })),
    ...escape.added,
  ];
}

function sinkAt(text: string, from: number, to: number): Sink | undefined {
  let node: SyntaxNode | null = scripts.parse(text).resolveInner(from, 1);
  while (node && (node.to < to || !/^(?:AssignmentExpression|CallExpression)$/.test(node.name))) node = node.parent;
  const target = node?.firstChild;
  // The range is the whole assignment or call, or the assigned property.
  const isAssigned = node?.name === 'AssignmentExpression' && target?.from === from && target.to === to;
  if (!node || (!isAssigned && (node.from !== from || node.to !== to))) return undefined;
  const property = target?.name === 'MemberExpression' ? target.lastChild : target;
  if (!property) return undefined;
  const name = text.slice(property.from, property.to);
  const replaced = Object.hasOwn(counterparts, name) ? counterparts[name] : undefined;
  // Appending text with `+=` would turn the existing elements into text.
  const adds = node.name === 'AssignmentExpression' && !/^\s*=[^=]/.test(text.slice(property.to));
  const asText =
    replaced === undefined || adds ? undefined : { start: property.from, end: property.to, text: replaced };
  const list = argumentsOf(node);
  const markup =
    node.name === 'AssignmentExpression' ? node.lastChild : name === 'insertAdjacentHTML' ? list[1] : list[0];
  return markup ? { markup, ...(asText && { asText }) } : undefined;
}

/** The values to escape; undefined if escaping one of them is not enough, or changes what the code does. */
function placesOf(parts: readonly Part[]): (Part & { code: string })[] | undefined {
  const places: (Part & { code: string })[] = [];
  let before = '';
  for (const part of parts) {
    if (part.code === undefined) {
      before += part.text ?? '';
      continue;
    }
    const code = part.code.trim();
    if (!plainCall.test(code)) {
      if (!plainValue.test(code) || isMarkup(code) || !isEscapable(before)) return undefined;
      places.push({ ...part, code });
    }
    before += 'x';
  }
  return places;
}

/** Whether a value's own name, rather than that of its object, suggests markup. */
function isMarkup(code: string): boolean {
  const [, field, quoted] = /(?:\.([\w$]+)|\[["']([^"']*)["']\])$/.exec(code.trim()) ?? [];
  return markupName.test(field ?? quoted ?? code);
}

/**
 * Whether an escaped value after this markup cannot run script: in text, or in a quoted attribute other than a script, a style or the start of a URL.
 */
function isEscapable(before: string): boolean {
  let at = 0;
  // Skips closed tags.
  for (;;) {
    const open = before.indexOf('<', at);
    if (open < 0) return true;
    if (before.startsWith('<!--', open)) {
      const end = before.indexOf('-->', open + 4);
      if (end < 0) return false;
      at = end + 3;
      continue;
    }
    const [tag] = /^<(?:[^"'>]|"[^"]*"|'[^']*')*>/.exec(before.slice(open)) ?? [];
    if (tag === undefined) return isAttributeEscapable(before.slice(open));
    const [, element] = /^<(script|style|iframe|textarea|title|noscript|xmp)\b/i.exec(tag) ?? [];
    at = open + tag.length;
    if (element !== undefined) {
      const end = before.toLowerCase().indexOf(`</${element.toLowerCase()}`, at);
      if (end < 0) return false;
      at = end;
    }
  }
}

/** The same for a position inside a tag, starting at its `<`. */
function isAttributeEscapable(tag: string): boolean {
  const [, name, value] =
    /^<[a-z][\w:-]*(?:\s+[\w:@.-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*\s+([\w:@.-]+)\s*=\s*["']((?<=")[^"]*|(?<=')[^']*)$/i.exec(
      tag,
    ) ?? [];
  if (name === undefined || value === undefined) return false;
  if (/^(?:on|style$|srcdoc$|srcset$|@|:|v-|ng-|x-)/i.test(name)) return false;
  const isUrl = /^(?:href|src|action|formaction|data|xlink:href|poster|background|cite|longdesc|ping)$/i.test(name);
  return !isUrl || /^(?:https?:\/\/[^/?#\s]+[/?#]|\/(?![/\\])|[?#]|mailto:|tel:)/i.test(value);
}

/** The file's function for escaping HTML: its own, or one added at the end. A page has no place for one. */
function escapeFunction(text: string, file: string): { name: string; added: Replacement[] } | undefined {
  const own = topLevelNames(text).find((name) => /^(?:escape_?html|html_?escape|escapeMarkup)$/i.test(name));
  if (own !== undefined) return { name: own, added: [] };
  if (/\bescapeHtml\b/.test(text) || !/\.(?:[cm]?[jt]s|[jt]sx)$/i.test(file)) return undefined;
  const type = /tsx?$/i.test(file) ? { value: ': unknown', result: ': string', char: ': string' } : undefined;
  const added =
    `${text.endsWith('\n') ? '' : '\n'}\nfunction escapeHtml(value${type?.value ?? ''})${type?.result ?? ''} {\n` +
    `  return String(value).replace(/[&<>"']/g, function (char${type?.char ?? ''}) {\n` +
    `    return '&#' + char.charCodeAt(0) + ';';\n  });\n}\n`;
  return { name: 'escapeHtml', added: [{ start: text.length, end: text.length, text: added }] };
}

/** The names that a file declares or imports at the top level. */
function topLevelNames(text: string): string[] {
  const names: string[] = [];
  const tree = scripts.parse(text);
  for (let one = tree.topNode.firstChild; one; one = one.nextSibling) {
    const declaration =
      one.name === 'ExportDeclaration'
        ? (one.getChild('FunctionDeclaration') ?? one.getChild('VariableDeclaration'))
        : one;
    if (!declaration || !/^(?:FunctionDeclaration|VariableDeclaration|ImportDeclaration)$/.test(declaration.name))
      continue;
    const within =
      declaration.name === 'ImportDeclaration' ? (declaration.getChild('ImportGroup') ?? declaration) : declaration;
    for (const { from, to } of within.getChildren('VariableDefinition')) names.push(text.slice(from, to));
  }
  return names;
}
