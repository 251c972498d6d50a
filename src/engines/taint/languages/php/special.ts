import type { Argument, Expression, Field, Range } from '../../ir/ir';
import { assign, call, literal, nameAt, rangeOf } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import type { Calls } from './calls';
import type { Context } from './context';
import type { Host } from './host';
import { callbackAt } from './names';
import type { References } from './references';
import { regexOf } from './strings';
import type { Texts } from './texts';

/** Lowers calls of functions that are part of the language, or that models cannot fully describe. */
export class SpecialCalls {
  constructor(
    private readonly context: Context,
    private readonly references: References,
    private readonly texts: Texts,
    private readonly calls: Calls,
    private readonly host: Host,
  ) {}

  /** Functions that are part of the language, or that models cannot fully describe. */
  special(name: string, args: readonly SyntaxNode[], at: Range): Expression | undefined {
    const [first, second, third] = args;
    const values = (nodes: readonly SyntaxNode[]) => nodes.map((one) => this.host.expression(one));
    switch (name) {
      case 'isset': {
        const [object, index] = first?.type === 'subscript_expression' ? first.children : [];
        if (args.length === 1 && object && index && this.texts.constantText(index) === undefined)
          return {
            kind: 'binary',
            operator: 'in',
            left: this.host.expression(index),
            right: this.host.expression(object),
            ...at,
          };
        return { kind: 'unary', operator: 'isset', operand: { kind: 'opaque', parts: values(args), ...at }, ...at };
      }
      case 'empty':
        return { kind: 'unary', operator: 'empty', operand: { kind: 'opaque', parts: values(args), ...at }, ...at };
      case 'array_key_exists':
      case 'key_exists':
        return first && second
          ? {
              kind: 'binary',
              operator: 'in',
              left: this.host.expression(first),
              right: this.host.expression(second),
              ...at,
            }
          : undefined;
      case 'constant': {
        const text = first && this.texts.constantText(first);
        return text === undefined ? undefined : nameAt(text, at);
      }
      case 'func_get_args':
        return nameAt('arguments', at);
      case 'compact':
        return {
          kind: 'object',
          fields: args.flatMap((one): Field[] => {
            const text = this.texts.constantText(one);
            return text === undefined ? [] : [{ key: text, value: nameAt(`$${text}`, one) }];
          }),
          ...at,
        };
      case 'extract': {
        if (!first) return undefined;
        const from = this.host.expression(first);
        const values: Expression[] = [this.references.call('extract', [from], at)];
        for (const variable of this.context.unassigned()) {
          const index: Expression = literal(variable.slice(1), at);
          const item: Expression = { kind: 'index', object: from, index, ...at };
          values.push(assign(nameAt(variable, at), item, at));
        }
        return { kind: 'sequence', values, ...at };
      }
      case 'sprintf':
      case 'printf': {
        const format = first && this.texts.constantText(first);
        const text = format === undefined ? undefined : this.texts.formatted(format, args.slice(1), at);
        return text && name === 'printf' ? this.references.call('echo', [text], at) : text;
      }
      case 'file_get_contents':
      case 'fopen':
      case 'file':
      case 'readfile': {
        const text = first && this.texts.constantText(first);
        if (text === undefined || !/^php:\/\/(?:input|stdin)$/i.test(text)) return undefined;
        return this.references.call(/input$/i.test(text) ? 'request_body' : 'standard_input', [], at);
      }
      case 'service':
        return first && this.texts.constantText(first) === 'request' && !this.references.declared.has(name)
          ? this.references.typed('FrameworkRequest', at)
          : undefined;
      case 'request':
        return args.length > 0 && !this.references.declared.has(name)
          ? this.references.call('request_input', values(args), at)
          : undefined;
      case 'filter_input':
        return args.length < 3
          ? undefined
          : this.references.call(
              'filter_var',
              [this.references.call('filter_input', values(args.slice(0, 2)), at), ...values(args.slice(2))],
              at,
            );
      case 'header': {
        const text = first && this.host.expression(first);
        const parts = text?.kind === 'text' ? text.parts : text ? [text] : [];
        const [start] = parts;
        if (start?.kind !== 'literal' || typeof start.value !== 'string') return undefined;
        const target = /^\s*location:\s*([\s\S]*)$/i.exec(start.value)?.[1];
        if (target === undefined) return undefined;
        const rest = target === '' ? parts.slice(1) : [{ ...start, value: target }, ...parts.slice(1)];
        return this.references.call('header_location', [{ kind: 'text', parts: rest, ...at }], at);
      }
      case 'str_replace':
      case 'str_ireplace': {
        if (!first || !second || !third) return undefined;
        const search = this.texts.searched(first);
        if (search === undefined) return undefined;
        const pattern: Expression = { kind: 'regex', source: search, flags: 'g', ...rangeOf(first) };
        return this.references.call(
          'preg_replace',
          [pattern, this.host.expression(second), this.host.expression(third)],
          at,
        );
      }
      case 'preg_match':
      case 'preg_match_all':
      case 'preg_replace':
      case 'preg_replace_callback':
      case 'preg_split':
      case 'preg_filter':
      case 'preg_grep':
      case 'mb_ereg':
      case 'ereg': {
        const text = first && this.texts.constantText(first);
        if (text === undefined) return undefined;
        const isPcre = name.startsWith('preg');
        const regex = isPcre ? regexOf(text, name !== 'preg_match') : { source: text, flags: '' };
        if (!first || !regex) return undefined;
        const isEvaluated =
          name === 'preg_replace' && /[a-zA-Z]*e[a-zA-Z]*$/.test(/[^a-zA-Z]([a-zA-Z]*)$/.exec(text)?.[1] ?? '');
        if (isEvaluated && third)
          return { kind: 'sequence', values: [this.references.call('preg_replace_eval', values(args), at)], ...at };
        const others = args
          .slice(1)
          .map((one, index) =>
            callbackAt.get(name)?.includes(index + 1) === true ? this.calls.callable(one) : this.host.expression(one),
          );
        return this.references.call(
          isPcre ? name : 'preg_match',
          [{ kind: 'regex', ...regex, ...rangeOf(first) }, ...others],
          at,
        );
      }
      case 'call_user_func':
      case 'call_user_func_array':
      case 'forward_static_call':
      case 'forward_static_call_array': {
        if (!first) return undefined;
        const target = this.calls.callable(first);
        const given: Argument[] = name.endsWith('array')
          ? args
              .slice(1, 2)
              .map((one) =>
                one.type === 'array_creation_expression'
                  ? { value: this.host.array(one), spread: 'list' as const }
                  : { value: this.host.expression(one), spread: 'list' as const },
              )
          : values(args.slice(1)).map((value) => ({ value }));
        const called = call(target, given, at);
        if (target.kind === 'function') return called;
        return { kind: 'sequence', values: [this.references.call('dynamic_function', [target], at), called], ...at };
      }
      default:
        return undefined;
    }
  }
}
