import { parser } from '@lezer/javascript';
import type { SyntaxNode } from '@lezer/common';
import type { Literal, Part } from './sqlText';

export const scripts = parser.configure({ dialect: 'ts jsx' });

export function argumentsOf(call: SyntaxNode): SyntaxNode[] {
  return children(call.getChild('ArgList')).filter(({ name }) => !/^[(),]$|Comment$/.test(name));
}

function children(node: SyntaxNode | null): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node?.firstChild; child; child = child.nextSibling) found.push(child);
  return found;
}

/** The value of a variable that is assigned once and used once. */
export function definitionOf(use: SyntaxNode, text: string): SyntaxNode | undefined {
  const name = text.slice(use.from, use.to);
  let scope = use;
  while (
    scope.parent &&
    !/^(?:FunctionDeclaration|FunctionExpression|ArrowFunction|MethodDeclaration|Script)$/.test(scope.name)
  )
    scope = scope.parent;
  const uses: SyntaxNode[] = [];
  scope.cursor().iterate((one) => {
    if (/^Variable(?:Name|Definition)$/.test(one.name) && text.slice(one.from, one.to) === name) uses.push(one.node);
  });
  const [definition, only, ...more] = uses;
  if (definition?.name !== 'VariableDefinition' || only?.from !== use.from || more.length > 0) return undefined;
  const declared = definition.parent?.name === 'VariableDeclaration' ? definition.nextSibling : null;
  const value = declared?.name === 'TypeAnnotation' ? declared.nextSibling : declared;
  return value?.name === 'Equals' ? (value.nextSibling ?? undefined) : undefined;
}

/** Whether one of the names in some code is reassigned in a text. */
export function areReassigned(values: readonly string[], between: string): boolean {
  const names = new Set(values.flatMap((code) => code.match(/[A-Za-z_$][\w$]*/g) ?? []));
  return [...names].some((name) =>
    new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])[^\\n=(]*(?<![=!<>])=(?![=>])`).test(between),
  );
}

/** The parts of an expression's text; undefined if unknown. */
export function partsOf(node: SyntaxNode, text: string): Part[] | undefined {
  if (node.name === 'ParenthesizedExpression') {
    const inner = children(node).filter(({ name }) => !/^[()]$/.test(name));
    return inner.length === 1 && inner[0] ? partsOf(inner[0], text) : undefined;
  }
  if (node.name === 'String' || node.name === 'TemplateString') return literalParts(node, text);
  if (node.name !== 'BinaryExpression') return undefined;
  const operator = node.getChild('ArithOp');
  const [left, right] = [node.firstChild, node.lastChild];
  if (!operator || !left || !right || text.slice(operator.from, operator.to) !== '+') return undefined;
  const [before, after] = [left, right].map((one) => partsOf(one, text) ?? operand(one, text));
  return before && after ? [...before, ...after] : undefined;
}

/** A non-literal operand of `+`. */
function operand(node: SyntaxNode, text: string): Part[] | undefined {
  if (/^(?:BinaryExpression|ParenthesizedExpression|String|TemplateString)$/.test(node.name)) return undefined;
  return [{ from: node.from, to: node.to, code: text.slice(node.from, node.to) }];
}

/** The characters of a string, and the values of a template literal. */
function literalParts(node: SyntaxNode, text: string): Part[] | undefined {
  const quote = text.charAt(node.from);
  const close = node.to - 1;
  const literal: Literal = { from: node.from, to: node.to, close, prefix: '', quote };
  const values = children(node).filter(({ name }) => name === 'Interpolation');
  const parts: Part[] = [];
  for (let at = node.from + 1; at < close;) {
    const value = values.find((one) => one.from === at);
    if (value) {
      const code = text.slice(value.from + 2, value.to - 1);
      if (code.includes('`')) return undefined;
      parts.push({ from: at, to: value.to, literal, code });
      at = value.to;
    } else if (text[at] === '\\') {
      const known = { '\\n': '\n', '\\t': '\t', "\\'": "'", '\\"': '"', '\\`': '`', '\\\n': '' }[
        text.slice(at, at + 2)
      ];
      if (known === undefined) return undefined;
      parts.push({ from: at, to: at + 2, literal, text: known });
      at += 2;
    } else {
      parts.push({ from: at, to: at + 1, literal, text: text.charAt(at) });
      at += 1;
    }
  }
  return parts;
}

/** A template literal made of texts and values. */
export function templateLiteral(
  pieces: readonly { readonly text?: string; readonly code?: string }[],
): string | undefined {
  const inner = pieces.map(({ text, code }) => (code === undefined ? text : `\${${code}}`)).join('');
  return /[`\\\n]/.test(inner) ? undefined : `\`${inner}\``;
}
