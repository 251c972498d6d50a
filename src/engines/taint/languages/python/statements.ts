import type { Argument, Statement } from '../../ir/ir';
import { assign, call, evaluate, member, nameAt, opaque, rangeOf, whileLoop } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Classes } from './classes';
import type { Context } from './context';
import { yielded, type Functions } from './functions';
import type { Host } from './host';
import type { Matches } from './matches';
import type { Modules } from './modules';
import type { Patterns } from './patterns';
import type { Strings } from './strings';
import { lastName } from './syntax';

/** Functions that end the request, or the program. */
const neverReturns =
  /^(?:(?:flask|bottle|quart|werkzeug\.exceptions|falcon|self)\.)?abort\(|^(?:sys\.exit|os\._exit|exit|quit)\(/;

/** Lowers statements. */
export class Statements {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly patterns: Patterns,
    private readonly functions: Functions,
    private readonly classes: Classes,
    private readonly matches: Matches,
    private readonly strings: Strings,
    private readonly modules: Modules,
    private readonly host: Host,
  ) {}

  body(nodes: readonly SyntaxNode[]): Statement[] {
    return nodes.flatMap((node) => this.#statement(node));
  }

  block(node: SyntaxNode | undefined): Statement[] {
    if (!node) return [];
    return this.body(node.type === 'block' || node.type === 'module' ? node.children : [node]);
  }

  #statement(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    switch (node.type) {
      case 'expression_statement':
        // Documentation.
        if (
          node.children.length === 1 &&
          node.children[0]?.type === 'string' &&
          !this.strings.isFormat(node.children[0])
        )
          return [];
        return node.children.flatMap((one) => this.#expressionStatement(one));
      case 'return_statement':
        return [this.#return(node)];
      case 'raise_statement': {
        const [value] = node.children;
        return [{ kind: 'throw', value: value ? this.host.expression(value) : opaque([], at), ...at }];
      }
      case 'if_statement':
        return [this.#if(node)];
      case 'while_statement': {
        const body = this.block(childOf(node, 'body'));
        return [whileLoop(this.children.child(node, 'condition'), body, false, at), ...this.#else(node)];
      }
      case 'for_statement': {
        const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
        if (!left || !right) return [];
        const target = this.patterns.pattern(left);
        const item = nameAt(this.context.fresh(), rangeOf(left));
        const loop: Statement = {
          kind: 'forEach',
          target: item,
          of: 'items',
          collection: this.host.expression(right),
          // The variable outlives the loop.
          body: [evaluate(assign(target, item, rangeOf(left))), ...this.block(childOf(node, 'body'))],
          ...at,
        };
        return [loop, ...this.#else(node)];
      }
      case 'try_statement':
        return [this.#try(node)];
      case 'with_statement':
        return [
          ...(node.children.find(({ type }) => type === 'with_clause')?.children ?? []).flatMap((one) =>
            this.#withItem(one),
          ),
          ...this.block(childOf(node, 'body')),
        ];
      case 'match_statement':
        return this.matches.match(node);
      case 'break_statement':
        return [{ kind: 'break', ...at }];
      case 'continue_statement':
        return [{ kind: 'continue', ...at }];
      case 'assert_statement': {
        const [test, message] = node.children;
        if (!test) return [];
        return [
          {
            kind: 'if',
            test: this.host.expression(test),
            yes: [],
            no: [{ kind: 'throw', value: message ? this.host.expression(message) : opaque([], at), ...at }],
            ...at,
          },
        ];
      }
      case 'function_definition':
        return this.functions.functionStatement(node, []);
      case 'class_definition':
        return this.classes.classStatement(node, []);
      case 'decorated_definition': {
        const decorators = node.children.filter(({ type }) => type === 'decorator');
        const definition = childOf(node, 'definition');
        if (!definition) return [];
        return definition.type === 'class_definition'
          ? this.classes.classStatement(definition, decorators)
          : this.functions.functionStatement(definition, decorators);
      }
      case 'import_statement':
      case 'import_from_statement':
        this.modules.import(node);
        return [];
      case 'global_statement':
      case 'nonlocal_statement':
        for (const name of this.file.text(node).replace(/^\w+/, '').split(',')) {
          this.context.frame.locals.delete(name.trim());
          this.context.frame.outer.add(name.trim());
        }
        return [];
      case 'delete_statement':
        return node.children
          .flatMap((one) => (one.type === 'expression_list' ? one.children : [one]))
          .flatMap((one) => this.#delete(one));
      case 'print_statement':
      case 'exec_statement': {
        const args = node.children.map((one): Argument => ({ value: this.host.expression(one) }));
        return [evaluate(call(nameAt(node.type === 'exec_statement' ? 'exec' : 'print', at), args, at))];
      }
      case 'block':
      case 'ERROR':
        return this.body(node.children);
      default:
        return /_(?:statement|definition)$/.test(node.type)
          ? []
          : node.isNamed
            ? [evaluate(this.host.expression(node))]
            : [];
    }
  }

  #expressionStatement(node: SyntaxNode): Statement[] {
    if (node.type === 'assignment' && !childOf(node, 'right')) {
      // `x: T` only declares, without a value.
      const left = childOf(node, 'left');
      if (left?.type === 'identifier') this.context.assigns(this.file.text(left));
      return [];
    }
    const value = this.host.expression(node);
    return node.type === 'call' && neverReturns.test(this.file.source.slice(node.from, node.from + 60))
      ? [{ kind: 'throw', value, from: value.from, to: value.to }]
      : [evaluate(value)];
  }

  #return(node: SyntaxNode): Statement {
    const at = rangeOf(node);
    const [value] = node.children;
    const { yields, responds } = this.context.frame;
    const lowered = value && this.host.expression(value);
    if (yields) return { kind: 'return', value: nameAt(yielded, at), ...at };
    if (!lowered) return { kind: 'return', ...at };
    if (!responds) return { kind: 'return', value: lowered, ...at };
    // A page may be returned with a status and headers.
    const [page, ...rest] = lowered.kind === 'list' ? lowered.items.map((one) => one.value) : [lowered];
    const isPage = !/content[-_]type/i.test(rest.length > 0 ? this.file.text(value) : '');
    if (!page || !isPage) return { kind: 'return', value: lowered, ...at };
    const sent = call(
      member(responds, `$${lastName(responds)}`, at),
      [page, ...rest].map((one) => ({ value: one })),
      at,
    );
    return lowered.kind === 'list' || page.kind === 'list'
      ? { kind: 'return', value: { kind: 'sequence', values: [sent, lowered], ...at }, ...at }
      : { kind: 'return', value: sent, ...at };
  }

  #if(node: SyntaxNode): Statement {
    const alternatives = node.children.filter(({ field }) => field === 'alternative');
    const build = (part: SyntaxNode, rest: readonly SyntaxNode[]): Statement => {
      const [next, ...others] = rest;
      const test = this.children.child(part, 'condition');
      const yes = this.block(childOf(part, 'consequence'));
      const no = !next
        ? []
        : next.type === 'elif_clause'
          ? [build(next, others)]
          : this.block(childOf(next, 'body') ?? next.children.at(-1));
      return { kind: 'if', test, yes, no, ...rangeOf(part) };
    };
    return build(node, alternatives);
  }

  /** The code that runs if a loop was not left with `break`. */
  #else(node: SyntaxNode): Statement[] {
    const alternative = childOf(node, 'alternative');
    if (!alternative) return [];
    const at = rangeOf(alternative);
    return [
      {
        kind: 'if',
        test: opaque([], at),
        yes: this.block(childOf(alternative, 'body') ?? alternative.children.at(-1)),
        no: [],
        ...at,
      },
    ];
  }

  #try(node: SyntaxNode): Statement {
    const otherwise = node.children.find(({ type }) => type === 'else_clause');
    const finalizer = node.children.find(({ type }) => type === 'finally_clause');
    const handlers = node.children.filter(({ type }) => /^except/.test(type));
    return {
      kind: 'try',
      body: [
        ...this.block(childOf(node, 'body')),
        ...this.block(otherwise && (childOf(otherwise, 'body') ?? otherwise.children.at(-1))),
      ],
      handlers: handlers.map((one) => {
        const pattern = one.children.find(({ type }) => type === 'as_pattern');
        const alias = childOf(one, 'alias') ?? (pattern && childOf(pattern, 'alias'));
        const target = alias?.type === 'as_pattern_target' ? alias.children[0] : alias;
        return {
          ...(target?.type === 'identifier' && { target: nameAt(this.file.text(target), rangeOf(target)) }),
          body: this.block(one.children.find(({ type }) => type === 'block')),
        };
      }),
      last: this.block(finalizer?.children.find(({ type }) => type === 'block')),
      ...rangeOf(node),
    };
  }

  #withItem(node: SyntaxNode): Statement[] {
    const value = childOf(node, 'value') ?? node.children[0];
    if (!value) return [];
    if (value.type === 'tuple' && !childOf(node, 'alias')) return value.children.flatMap((one) => this.#withValue(one));
    return this.#withValue(value);
  }

  #withValue(value: SyntaxNode): Statement[] {
    const [inner] = value.children;
    const alias = value.type === 'as_pattern' ? childOf(value, 'alias') : undefined;
    const target = alias?.children[0] ?? alias;
    if (!target || !inner) return [evaluate(this.host.expression(value))];
    const at = rangeOf(value);
    const entered = call(member(this.host.expression(inner), '__enter__', at), [], at);
    return [evaluate(assign(this.patterns.pattern(target), entered, at))];
  }

  #delete(node: SyntaxNode): Statement[] {
    if (node.type !== 'subscript') return [];
    const [object, index] = [childOf(node, 'value'), node.children.find(({ field }) => field === 'subscript')];
    if (!object || !index || index.type === 'slice') return [];
    const at = rangeOf(node);
    return [
      evaluate(
        call(member(this.host.expression(object), '__delitem__', at), [{ value: this.host.expression(index) }], at),
      ),
    ];
  }
}
