import type { Argument, Expression, Range } from '../../ir/ir';
import { call, joinedText, literal, member, nameAt, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Host } from './host';
import { braceParts, percentParts, unescaped, type FormatPart } from './literals';
import { isText } from './syntax';

/** Lowers strings, and expressions that combine several parts into one. */
export class Strings {
  constructor(
    private readonly file: SourceFile,
    private readonly host: Host,
  ) {}

  isFormat(node: SyntaxNode): boolean {
    return /^[a-zA-Z]*[fFtT]/.test(this.file.source.slice(node.from, node.from + 3));
  }

  string(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const start = node.children.find(({ type }) => type === 'string_start');
    const isRaw = start !== undefined && /r/i.test(this.file.text(start));
    const isFormat = start !== undefined && /[ft]/i.test(this.file.text(start));
    const parts = node.children.flatMap((one): Expression[] => {
      if (one.type === 'interpolation') {
        const inner = childOf(one, 'expression') ?? one.children[0];
        const format = one.children.find(({ type }) => type === 'format_specifier');
        // A number.
        if (format && /[bdoxXeEfFgGn%]$/.test(this.file.text(format))) return [literal('0', one)];
        if (!inner) return [];
        const value = this.host.expression(inner);
        const conversion = one.children.find(({ type }) => type === 'type_conversion');
        return [conversion && /[ra]/.test(this.file.text(conversion)) ? asCode(value, rangeOf(one)) : value];
      }
      if (one.type !== 'string_content') return [];
      const text = this.file.text(one);
      const value = isRaw ? text : unescaped(text);
      return [
        {
          kind: 'literal',
          value: isFormat ? value.replaceAll('{{', '{').replaceAll('}}', '}') : value,
          ...rangeOf(one),
        },
      ];
    });
    const [only] = parts;
    if (!only) return literal('', at);
    if (parts.length === 1 && only.kind === 'literal') return { ...only, ...at };
    return { kind: 'text', parts, ...at };
  }

  /** A sum of texts, lists or numbers. Long ones nest to the left: they are walked in a loop, since they can be thousands of parts deep. */
  sum(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const nodes: SyntaxNode[] = [];
    let rest = node;
    for (;;) {
      const [left, right] = [childOf(rest, 'left'), childOf(rest, 'right')];
      if (rest.type !== 'binary_operator' || childOf(rest, 'operator')?.type !== '+' || !left || !right) break;
      nodes.push(right);
      rest = left;
    }
    nodes.push(rest);
    nodes.reverse();
    return this.added(
      nodes,
      nodes.map((one) => this.host.expression(one)),
      at,
    );
  }

  added(nodes: readonly SyntaxNode[], parts: readonly Expression[], at: Range): Expression {
    if (nodes.some(({ type }) => /^(?:list|list_comprehension)$/.test(type)))
      return {
        kind: 'list',
        items: parts.flatMap((one): readonly Argument[] =>
          one.kind === 'list' ? one.items : [{ value: one, spread: 'list' }],
        ),
        ...at,
      };
    if (nodes.some(isText) || nodes.length > 16) return joinedText(parts, at);
    return parts.reduce((left, right) => call(member(left, '__add__', at), [{ value: right }], at));
  }
}

/** A value formatted with `repr`: on one line. */
function asCode(value: Expression, at: Range): Expression {
  return call(nameAt('repr', at), [{ value }], at);
}

/** The arguments of a logger call, inserted into its format. */
export function loggedValues(args: readonly Argument[]): Argument[] {
  const at = args.findIndex(({ value }) => value.kind === 'literal' && typeof value.value === 'string');
  const format = args[at]?.value;
  if (format?.kind !== 'literal' || typeof format.value !== 'string') return [...args];
  const parts = /%[^%]/.test(format.value) ? percentParts(format.value) : braceParts(format.value);
  const places = parts.flatMap((part) => (typeof part === 'string' ? [] : [part]));
  return args.map((one, index) => {
    const isPlain = one.name === undefined && one.spread === undefined;
    const isAsCode = isPlain && places.some(({ place, asCode }) => asCode && place === index - at - 1);
    return isAsCode ? { ...one, value: asCode(one.value, one.value) } : one;
  });
}

export function formatted(parts: readonly FormatPart[], args: readonly Argument[], at: Range): Expression {
  const plainArgs = args.filter(({ name, spread }) => name === undefined && spread === undefined);
  const spread = args.filter((one) => one.spread !== undefined);
  const lowered = parts.map((part): Expression => {
    if (typeof part === 'string') return literal(part, at);
    const found = typeof part.place === 'number' ? plainArgs[part.place] : args.find(({ name }) => name === part.place);
    const [rest = plainArgs[0]] = spread;
    const ofRest = (): Expression =>
      rest ? { kind: 'index', object: rest.value, index: opaque([], at), ...at } : opaque([], at);
    const value = found?.value ?? ofRest();
    return part.asCode ? asCode(value, at) : value;
  });
  return joinedText(lowered, at);
}
