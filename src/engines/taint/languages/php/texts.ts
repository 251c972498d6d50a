import type { Expression, Range } from '../../ir/ir';
import { literal, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Host } from './host';
import type { References } from './references';
import { unescaped, unquoted } from './strings';

/** Lowers texts. */
export class Texts {
  constructor(
    private readonly file: SourceFile,
    private readonly references: References,
    private readonly host: Host,
  ) {}

  /** The text of a constant string. */
  constantText(node: SyntaxNode): string | undefined {
    if (node.type === 'argument' || node.type === 'parenthesized_expression')
      return node.children.length === 1 && node.children[0] ? this.constantText(node.children[0]) : undefined;
    const text = this.file.text(node);
    if (node.type === 'string') return unquoted(text.replace(/^b?'/i, '').slice(0, -1));
    if (node.type === 'nowdoc') return text.replace(/^[^\n]*\n/, '').replace(/\n?[^\n]*$/, '');
    if (node.type !== 'encapsed_string' && node.type !== 'heredoc') return undefined;
    const value = this.encapsed(node);
    if (value.kind === 'literal') return String(value.value);
    return value.kind === 'text' && value.parts.length === 0 ? '' : undefined;
  }

  encapsed(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const body = node.type === 'heredoc' ? (childOf(node, 'value')?.children ?? []) : node.children;
    const parts: Expression[] = [];
    let text = '';
    let start = node.from;
    const flush = (end: number) => {
      if (text !== '') parts.push({ kind: 'literal', value: text, from: start, to: end });
      text = '';
    };
    for (const one of body) {
      if (!one.isNamed) continue;
      if (text === '') start = one.from;
      if (one.type === 'string_content') text += this.file.text(one);
      else if (one.type === 'escape_sequence') text += unescaped(this.file.text(one));
      else {
        flush(one.from);
        parts.push(this.host.expression(one));
      }
    }
    flush(node.to);
    const [only] = parts;
    if (parts.length === 0) return literal('', at);
    if (parts.length === 1 && only?.kind === 'literal') return { ...only, ...at };
    return { kind: 'text', parts, ...at };
  }

  /** The result of `sprintf` with a constant format. */
  formatted(format: string, args: readonly SyntaxNode[], at: Range): Expression {
    const parts: Expression[] = [];
    let next = 0;
    let end = 0;
    const add = (text: string) => {
      if (text !== '') parts.push(literal(text.replaceAll('%%', '%'), at));
    };
    for (const match of format.matchAll(/%(?:%|(?:(\d+)\$)?[-+ 0]*(?:'.)?\d*(?:\.\d+)?([a-zA-Z]))/g)) {
      const [all, position, type] = match;
      if (all === '%%' || type === undefined) continue;
      add(format.slice(end, match.index));
      end = match.index + all.length;
      const node = args[position === undefined ? next++ : Number(position) - 1];
      if (!node) continue;
      const value = this.host.expression(node);
      parts.push(type === 's' ? value : this.references.call('intval', [value], rangeOf(node)));
    }
    add(format.slice(end));
    return { kind: 'text', parts, ...at };
  }

  /** A regular expression that matches the searched texts. */
  searched(node: SyntaxNode): string | undefined {
    const escape = (text: string) => text.replace(/[$/.*+?^()|[\]{}\\-]/g, '\\$&');
    const text = this.constantText(node);
    if (text !== undefined) return escape(text);
    if (node.type !== 'array_creation_expression') return undefined;
    const all = node.children.map(({ children }) =>
      children.length === 1 && children[0] ? this.constantText(children[0]) : undefined,
    );
    return all.every((one) => one !== undefined) && all.length > 0 ? all.map(escape).join('|') : undefined;
  }
}
