import type { Argument, Expression, Range } from '../../ir/ir';
import { call, functionOf, literal, member, nameAt, rangeOf, returned, typed } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import type { Host } from './host';
import { formatParts, regexOf, textOfLiteral } from './literals';
import { isText, objectOf, textOf } from './syntax';

const writers: Readonly<Record<string, string>> = {
  'fmt.Fprintf': '$printf',
  'fmt.Fprint': '$print',
  'fmt.Fprintln': '$print',
  'io.WriteString': 'WriteString',
  'io.Copy': '$copy',
  'io.CopyN': '$copy',
  'io.CopyBuffer': '$copy',
};

/** Functions with a format argument, by its position. */
const formats: Readonly<Record<string, number>> = {
  'fmt.Errorf': 0,
  'fmt.Printf': 0,
  'fmt.Fprintf': 1,
  'log.Printf': 0,
  'log.Fatalf': 0,
  'log.Panicf': 0,
  'logrus.Infof': 0,
  'logrus.Errorf': 0,
  'logrus.Warnf': 0,
  'logrus.Debugf': 0,
};

/** Lowers library calls that have an equivalent in the language itself. */
export class LibraryCalls {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly host: Host,
  ) {}

  /** Library calls that have an equivalent in the language itself: texts, regular expressions, writers. */
  libraryCall(called: string, callee: SyntaxNode, nodes: readonly SyntaxNode[], at: Range): Expression | undefined {
    const [first, second, third, fourth] = nodes;
    if (called === 'fmt.Sprintf') return this.#formatted(nodes, at);
    if (called === 'strings.NewReplacer') return this.#replacer(nodes, at);
    if (/^exec\.Command(?:Context)?$/.test(called)) {
      // Arguments after `--` are not options.
      const end = nodes.findIndex((one) => isText(one) && textOfLiteral(this.file.text(one)) === '--');
      if (end > 0) {
        const args = this.argsOf(nodes).map((one, index): Argument =>
          index > end ? { ...one, value: typed(one.value, 'number', at) } : one,
        );
        return call(this.host.expression(callee), args, at);
      }
    }
    if (called === 'fmt.Sprint' || called === 'fmt.Sprintln')
      return textOf(
        nodes.map((one) => this.host.expression(one)),
        at,
      );
    if (/^regexp\.(?:Must)?Compile(?:POSIX)?$/.test(called) && first && isText(first))
      return { kind: 'regex', ...regexOf(textOfLiteral(this.file.text(first))), ...at };
    if (/^regexp\.Match(?:String)?$/.test(called) && first && second && isText(first)) {
      const regex: Expression = { kind: 'regex', ...regexOf(textOfLiteral(this.file.text(first))), ...rangeOf(first) };
      return call(member(regex, 'MatchString', at), [{ value: this.host.expression(second) }], at);
    }
    if (/^(?:strings|bytes)\.ContainsAny$/.test(called) && first && second && isText(second)) {
      const set = textOfLiteral(this.file.text(second)).replaceAll(/[\]\\^-]/g, '\\$&');
      const regex: Expression = { kind: 'regex', source: `[${set}]`, flags: 'g', ...rangeOf(second) };
      return call(member(regex, 'MatchString', at), [{ value: this.host.expression(first) }], at);
    }
    if (/^(?:strings|bytes)\.Replace(?:All)?$/.test(called) && first && second && third) {
      const isAll = called.endsWith('All') || (fourth !== undefined && this.file.text(fourth).startsWith('-'));
      const args = [{ value: this.host.expression(second) }, { value: this.host.expression(third) }];
      return call(member(this.host.expression(first), isAll ? 'replaceAll' : 'replace', at), args, at);
    }
    if (/^(?:strings\.EqualFold|bytes\.Equal(?:Fold)?)$/.test(called) && first && second)
      return {
        kind: 'binary',
        operator: '==',
        left: this.host.expression(first),
        right: this.host.expression(second),
        ...at,
      };
    if (called === 'strings.HasPrefix' && first && second) {
      const source =
        first.type === 'identifier' ? this.context.scopes.find(this.file.text(first))?.relativeOf : undefined;
      if (source && /^["`]\.\./.test(this.file.text(second)))
        return call(
          nameAt('$escapes', at),
          [{ value: this.host.expression(source) }, { value: this.host.expression(first) }],
          at,
        );
    }
    if (/^(?:path|filepath)\.(?:Clean|Join)$/.test(called) && first) {
      const [start] =
        first.type === 'binary_expression' ? [childOf(first, 'left')] : [nodes.length > 1 ? first : undefined];
      let leftmost = start;
      while (leftmost?.type === 'binary_expression') leftmost = childOf(leftmost, 'left');
      if (
        leftmost &&
        /^(?:"\/"|`\/`|"\/+"|string\((?:os\.PathSeparator|filepath\.Separator)\))$/.test(this.file.text(leftmost))
      )
        return call(
          nameAt('$rooted', at),
          nodes.map((one) => ({ value: this.host.expression(one) })),
          at,
        );
    }
    const writes = writers[called];
    if (writes !== undefined && first) {
      const rest =
        called === 'fmt.Fprintf' ? [{ value: this.#formatted(nodes.slice(1), at) }] : this.argsOf(nodes.slice(1));
      return call(member(this.host.expression(first), writes, at), rest, at);
    }
    const place = formats[called];
    if (place !== undefined) {
      const before = this.argsOf(nodes.slice(0, place));
      return call(this.host.expression(callee), [...before, { value: this.#formatted(nodes.slice(place), at) }], at);
    }
    return undefined;
  }

  /** `strings.NewReplacer(old, new, …)`: an object with a function that replaces each pair. */
  #replacer(nodes: readonly SyntaxNode[], at: Range): Expression | undefined {
    if (!nodes.every((one) => isText(one))) return undefined;
    const pairs = nodes.flatMap((old, index) => {
      const fresh = nodes[index + 1];
      return index % 2 === 0 && fresh ? [[old, fresh] as const] : [];
    });
    const characters = pairs.map(([old]) => textOfLiteral(this.file.text(old)));
    const regex: Expression = {
      kind: 'regex',
      source: `[${characters.map((one) => one.replaceAll(/[\]\\^-]/g, '\\$&')).join('')}]`,
      flags: 'g',
      ...at,
    };
    const [first] = pairs;
    // Single characters are all replaced at once.
    const isSet = characters.every((one) => one.length === 1);
    const value =
      isSet && first
        ? call(
            member(regex, 'ReplaceAllString', at),
            [{ value: nameAt('$text', at) }, { value: this.host.expression(first[1]) }],
            at,
          )
        : pairs.reduce<Expression>(
            (text, [old, fresh]) =>
              call(
                member(text, 'replaceAll', at),
                [{ value: this.host.expression(old) }, { value: this.host.expression(fresh) }],
                at,
              ),
            nameAt('$text', at),
          );
    const replace = functionOf('', [{ pattern: nameAt('$text', at) }], [returned(value, at)], at);
    return objectOf(undefined, [{ key: 'Replace', value: { ...replace, isArrow: true } }], at);
  }

  /** `Sprintf(format, …)`. */
  #formatted([format, ...values]: readonly SyntaxNode[], at: Range): Expression {
    if (!format) return literal('', at);
    if (!isText(format) || values.some(({ type }) => type === 'variadic_argument'))
      return call(nameAt('$format', at), this.argsOf([format, ...values]), at);
    const own = rangeOf(format);
    const rest = [...values];
    const parts = formatParts(textOfLiteral(this.file.text(format))).flatMap((part): Expression[] => {
      if (typeof part === 'string') return [literal(part, own)];
      const node = rest.shift();
      if (!node) return [];
      const value = this.host.expression(node);
      if (/[dtbcoxXUeEfFgGp]/.test(part.verb)) return [typed(value, 'number', node)];
      return [part.verb === 'q' ? call(nameAt('$quoted', at), [{ value }], rangeOf(node)) : value];
    });
    return textOf([...parts, ...rest.map((one) => this.host.expression(one))], at);
  }

  argsOf(nodes: readonly SyntaxNode[]): Argument[] {
    return nodes.map((one) => ({
      value: this.host.expression(one),
      ...(one.type === 'variadic_argument' && { spread: 'list' as const }),
    }));
  }
}
