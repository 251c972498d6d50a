import type { Expression, Name, Range } from '../../ir/ir';
import { assign, call, literal, member, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Context, Local } from './context';
import type { CSharpFile } from './file';
import type { Host } from './host';
import { partOf, stringOf, withoutIndent } from './literals';
import { fromRoot } from './syntax';
import type { Variables } from './variables';

/** Lowers code that builds strings and regular expressions. */
export class Strings {
  constructor(
    private readonly file: CSharpFile,
    private readonly context: Context,
    private readonly variables: Variables,
    private readonly host: Host,
  ) {}

  interpolated(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const text = this.file.text(node);
    const [, start = '', quotes = '"'] = /^([$@]+)("{3,}|")/.exec(text) ?? [];
    const kind = quotes.length > 2 ? 'raw' : start.includes('@') ? 'verbatim' : 'regular';
    const parts: Expression[] = [];
    const add = (from: number, to: number, isFirst: boolean, isLast: boolean) => {
      if (to <= from) return;
      let own = this.file.source.slice(from, to);
      if (kind === 'raw' && isFirst) own = own.replace(/^\s*\n/, '');
      if (kind === 'raw' && isLast) own = own.replace(/\n[ \t]*$/, '');
      const value = partOf(own, kind);
      parts.push({ kind: 'literal', value: isFirst ? fromRoot(value) : value, from, to });
    };
    let from = node.from + start.length + quotes.length;
    for (const one of node.children) {
      if (one.type !== 'interpolation') continue;
      add(from, one.from, parts.length === 0, false);
      const value = one.children.find(({ type }) => !/^interpolation_/.test(type));
      parts.push(value ? this.host.expression(value) : opaque([], rangeOf(one)));
      from = one.to;
    }
    if (parts.length === 0 && kind === 'raw')
      return literal(withoutIndent(this.file.source.slice(from, node.to - quotes.length)), at);
    add(from, node.to - quotes.length, parts.length === 0, true);
    return { kind: 'text', parts, ...at };
  }

  /** The variable with a string builder, which appending changes. */
  builder(node: SyntaxNode): Name | (Expression & { kind: 'member' }) | undefined {
    if (node.type !== 'identifier' && node.type !== 'member_access_expression') return undefined;
    const value = this.host.expression(node);
    return value.kind === 'name' || value.kind === 'member' ? value : undefined;
  }

  /** `builder.Append(a).Append(b)`: the builder stands for the text that it will produce. */
  appended(node: SyntaxNode, at: Range): Expression {
    const parts: Expression[] = [];
    let root: SyntaxNode = node;
    for (;;) {
      if (root.type !== 'invocation_expression') break;
      const { object, name } = this.variables.calleeOf(childOf(root, 'function'));
      if (!object || !/^Append(?:Line|Format)?$/.test(name)) break;
      const args = (childOf(root, 'arguments')?.children ?? []).map((one) => one.children.at(-1) ?? one);
      const own = rangeOf(root);
      if (name === 'AppendLine') parts.unshift(literal('\n', own));
      const format = name === 'AppendFormat' ? this.format(args, own) : undefined;
      if (format) parts.unshift(format);
      else if (args[0])
        parts.unshift(...(name === 'AppendFormat' ? args : args.slice(0, 1)).map((one) => this.host.expression(one)));
      root = object;
    }
    const place = this.builder(root);
    const value: Expression = { kind: 'text', parts: [this.host.expression(root), ...parts], ...at };
    return place ? assign(place, value, at) : value;
  }

  /** `string.Format`: the text between the arguments, and the arguments. */
  format(args: readonly SyntaxNode[], at: Range): Expression | undefined {
    const list =
      args[0] && /^(?:CultureInfo|null$|NumberFormatInfo|System\.Globalization)/.test(this.file.text(args[0]))
        ? args.slice(1)
        : args;
    const [format, ...values] = list;
    if (!format || !/^(?:string_literal|verbatim_string_literal|raw_string_literal)$/.test(format.type))
      return undefined;
    const own = rangeOf(format);
    const parts: Expression[] = [];
    const text = stringOf(this.file.text(format));
    let from = 0;
    for (const match of text.matchAll(/\{\{|\}\}|\{(\d+)(?:,[^{}:]*)?(?::[^{}]*)?\}/g)) {
      const [whole, index] = match;
      parts.push({
        kind: 'literal',
        value: text.slice(from, match.index) + (index === undefined ? whole.charAt(0) : ''),
        ...own,
      });
      from = match.index + whole.length;
      if (index === undefined) continue;
      const value = values[Number(index)];
      if (value) parts.push(this.host.expression(value));
      else if (values[0])
        parts.push({
          kind: 'index',
          object: this.host.expression(values[0]),
          index: literal(Number(index), at),
          ...at,
        });
    }
    parts.push(literal(text.slice(from), own));
    return { kind: 'text', parts, ...at };
  }

  /** A regular expression written as a string. */
  regex(node: SyntaxNode, ignoresCase: boolean, flags: string): Expression | undefined {
    if (!/^(?:string_literal|verbatim_string_literal|raw_string_literal)$/.test(node.type))
      return node.type === 'identifier' || node.type === 'member_access_expression'
        ? this.#regexValue(node, flags)
        : undefined;
    return this.regexOf(stringOf(this.file.text(node)), ignoresCase, flags, rangeOf(node));
  }

  /** A constant of this file that contains a regular expression. */
  #regexValue(node: SyntaxNode, flags: string): Expression {
    const name = this.file.text(node).replace(/^this\./, '');
    const [, text] = /^\w+$/.test(name)
      ? (new RegExp(String.raw`\b(?:const|readonly)\s+string\s+${name}\s*=\s*(@?"(?:[^"\\]|\\.|"")*")\s*;`).exec(
          this.file.source,
        ) ?? [])
      : [];
    return text === undefined ? this.host.expression(node) : this.regexOf(stringOf(text), false, flags, rangeOf(node));
  }

  regexOf(text: string, ignoresCase: boolean, flags: string, at: Range): Expression {
    const isIgnoring = /^\(\?[a-z]*i[a-z]*\)/.test(text);
    const source = text
      .replace(/^\(\?[a-z]+\)/, '')
      .replaceAll('\\A', '^')
      .replace(/\\[zZ]$/, '$')
      .replaceAll(/\\p\{(?:L|Lu|Ll|IsBasicLatin)\}/g, '[A-Za-z]')
      .replaceAll(/\\p\{(?:N|Nd)\}/g, '\\d')
      .replaceAll(/\(\?<(\w+)>/g, '(?:')
      .replaceAll('(?>', '(?:');
    return { kind: 'regex', source, flags: (ignoresCase || isIgnoring ? 'i' : '') + flags, ...at };
  }

  /** The text that a match is about. */
  matchOf(node: SyntaxNode): Local['match'] {
    if (node.type !== 'invocation_expression') return undefined;
    const { object, name } = this.variables.calleeOf(childOf(node, 'function'));
    if (name !== 'Match' || !object) return undefined;
    const [first, second] = (childOf(node, 'arguments')?.children ?? []).map((one) => one.children.at(-1));
    if (this.file.text(object) === 'Regex') return first && second ? { pattern: second, subject: first } : undefined;
    return first ? { pattern: object, subject: first } : undefined;
  }

  /** `match.Success`. */
  successOf(object: SyntaxNode, at: Range): Expression | undefined {
    const match =
      this.matchOf(object) ??
      (object.type === 'identifier' ? this.context.scopes.find(this.file.text(object))?.match : undefined);
    if (!match) return undefined;
    return call(
      member(this.regex(match.pattern, false, '') ?? this.host.expression(match.pattern), 'IsMatch', at),
      [{ value: this.host.expression(match.subject) }],
      at,
    );
  }
}
