import type { Expression, Name, Range } from '../../ir/ir';
import { assign, call, literal, nameAt, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Host } from './host';
import { stringOf } from './literals';

/** Lowers code that builds strings and regular expressions. */
export class Strings {
  constructor(
    private readonly file: SourceFile,
    private readonly host: Host,
  ) {}

  /** The variable with a string builder, which appending changes. */
  builder(node: SyntaxNode): Name | (Expression & { kind: 'member' }) | undefined {
    if (node.type !== 'identifier' && node.type !== 'field_access') return undefined;
    const value = this.host.expression(node);
    return value.kind === 'name' || value.kind === 'member' ? value : undefined;
  }

  /** `builder.append(a).append(b)`: the builder stands for the text that it will produce. */
  appended(node: SyntaxNode, at: Range): Expression {
    const parts: Expression[] = [];
    let root: SyntaxNode = node;
    while (root.type === 'method_invocation' && this.file.nameOf(root) === 'append') {
      const [first] = childOf(root, 'arguments')?.children ?? [];
      if (first) parts.unshift(this.host.expression(first));
      const object = childOf(root, 'object');
      if (!object) break;
      root = object;
    }
    const place = this.builder(root);
    const value: Expression = { kind: 'text', parts: [this.host.expression(root), ...parts], ...at };
    return place ? assign(place, value, at) : value;
  }

  /** `String.format`: the text between the arguments, and the arguments. */
  format(args: readonly SyntaxNode[], at: Range): Expression | undefined {
    const list = args[0] && /^(?:Locale\.|null$)/.test(this.file.text(args[0])) ? args.slice(1) : args;
    const [format, ...values] = list;
    if (format?.type !== 'string_literal') return undefined;
    const parts: Expression[] = [];
    const pieces = stringOf(this.file.text(format)).split(/%(\d+\$)?[-#+ 0,(<]*\d*(?:\.\d+)?(?:t?[a-zA-Z%])/);
    const kinds = [
      ...stringOf(this.file.text(format)).matchAll(/%(?:\d+\$)?[-#+ 0,(<]*\d*(?:\.\d+)?(t?[a-zA-Z%])/g),
    ].map(([, kind]) => kind);
    let next = 0;
    for (let index = 0; index < pieces.length; index += 2) {
      parts.push(literal(pieces[index] ?? '', format));
      if (index + 1 >= pieces.length) break;
      const kind = kinds[index / 2];
      if (kind === '%' || kind === 'n') parts.push(literal(kind === '%' ? '%' : '\n', format));
      else {
        const position = pieces[index + 1];
        const value = values[position === undefined ? next++ : Number.parseInt(position, 10) - 1];
        if (value) {
          const lowered = this.host.expression(value);
          parts.push(
            kind !== undefined && /^[dxoefgbc]$/i.test(kind) && kind !== 'c'
              ? call(nameAt('number$', at), [{ value: lowered }], at)
              : lowered,
          );
        }
      }
    }
    return { kind: 'text', parts, ...at };
  }

  /** A regular expression written as a string. */
  regex(node: SyntaxNode, ignoresCase: boolean, flags: string): Expression | undefined {
    if (node.type !== 'string_literal')
      return node.type === 'identifier' || node.type === 'field_access' ? this.host.expression(node) : undefined;
    const text = stringOf(this.file.text(node));
    const isIgnoring = /^\(\?[a-z]*i[a-z]*\)/.test(text);
    const source = text
      .replace(/^\(\?[a-z]+\)/, '')
      .replaceAll('\\A', '^')
      .replace(/\\[zZ]$/, '$')
      .replaceAll(/\\p\{(?:Alnum|IsAlphabetic)\}/g, '[A-Za-z0-9]')
      .replaceAll(/\\p\{(?:Alpha|L|IsLetter)\}/g, '[A-Za-z]')
      .replaceAll('\\p{Digit}', '\\d')
      .replaceAll(/([*+?}])\+/g, '$1');
    return { kind: 'regex', source, flags: (ignoresCase || isIgnoring ? 'i' : '') + flags, ...rangeOf(node) };
  }
}
