import type { Argument, Expression, Field, Range } from '../../ir/ir';
import { call, isNumber, literal, member, nameAt, opaque, rangeOf } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Host } from './host';
import { formatParts, regexOf, unescaped } from './literals';
import type { References } from './references';

/** Lowers texts and regular expressions. */
export class Strings {
  readonly heredocs = new Map<SyntaxNode, SyntaxNode>();

  constructor(
    private readonly file: SourceFile,
    private readonly references: References,
    private readonly host: Host,
  ) {}

  /** The texts of here-documents follow the line in which they start. */
  pairHeredocs(root: SyntaxNode): void {
    const open: SyntaxNode[] = [];
    const visit = (node: SyntaxNode) => {
      if (node.type === 'heredoc_beginning') open.push(node);
      else if (node.type === 'heredoc_body') {
        const first = open.shift();
        if (first) this.heredocs.set(first, node);
      }
      for (const child of node.children) visit(child);
    };
    if (this.file.source.includes('<<')) visit(root);
  }

  parts(node: SyntaxNode): Expression[] {
    return node.children
      .filter(({ isNamed }) => isNamed)
      .flatMap((one): Expression[] => {
        const at = rangeOf(one);
        if (one.type === 'interpolation') return [this.host.expression(one)];
        if (one.type === 'escape_sequence') return [literal(unescaped(this.file.text(one)), at)];
        if (one.type === 'heredoc_end') return [];
        return [literal(this.file.text(one), at)];
      });
  }

  regex(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const flags = /[a-z]*$/.exec(this.file.text(node))?.[0] ?? '';
    const isKnown = node.children.every(({ type }) => type !== 'interpolation');
    if (isKnown) {
      const text = node.children.map((one) => this.file.text(one)).join('');
      return { kind: 'regex', ...regexOf(text, flags), ...at };
    }
    const value = textOf(this.parts(node), at);
    return { ...call(nameAt(this.references.library('Regexp'), at), [{ value }], at), isNew: true };
  }

  /** `'…%s…' % x`, `format('…', x)`. */
  formatted(left: SyntaxNode, right: SyntaxNode, at: Range): Expression {
    const format = this.host.expression(left);
    if (format.kind !== 'literal' || typeof format.value !== 'string')
      return textOf([format, this.host.expression(right)], at);
    const args =
      right.type === 'array'
        ? this.host.arguments(right.children).args
        : right.type === 'hash'
          ? right.children.flatMap((one) => this.host.field(one)).map(namedArgument)
          : [{ value: this.host.expression(right) }];
    return this.filled(format.value, args, at);
  }

  filled(format: string, args: readonly Argument[], at: Range): Expression {
    const plain = args.filter(({ name, spread }) => name === undefined && spread === undefined);
    const lowered = formatParts(format).map((part): Expression => {
      if (typeof part === 'string') return literal(part, at);
      const { place } = part;
      const found = typeof place === 'number' ? plain[place] : args.find(({ name }) => name === place);
      if (found) return found.value;
      const rest = args.find(({ spread }) => spread !== undefined) ?? plain[0];
      if (!rest) return opaque([], at);
      const index: Expression = typeof place === 'string' ? literal(place, at) : opaque([], at);
      return { kind: 'index', object: rest.value, index, ...at };
    });
    return textOf(lowered, at);
  }
}

/** `a + b`: a text if one of them is one; otherwise lists, texts or numbers. */
export function concatenated(left: Expression, right: Expression, at: Range): Expression {
  const isText = (one: Expression) =>
    one.kind === 'text' || (one.kind === 'literal' && typeof one.value === 'string' && one.value !== '');
  if (isText(left) || isText(right)) return textOf([left, right], at);
  if (isNumber(left) || isNumber(right)) return { kind: 'binary', operator: '+', left, right, ...at };
  return call(member(left, '+', at), [{ value: right }], at);
}

function namedArgument({ key, value }: Field): Argument {
  return typeof key === 'string' ? { value, name: key } : { value, spread: 'map' };
}

export function textOf(parts: readonly Expression[], at: Range): Expression {
  const flat = parts.flatMap((one) => (one.kind === 'text' ? one.parts : [one]));
  if (flat.every((one) => one.kind === 'literal'))
    return literal(flat.map((one) => String(one.value ?? '')).join(''), at);
  return { kind: 'text', parts: flat, ...at };
}
