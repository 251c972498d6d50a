import type { Pattern, Statement } from '../../ir/ir';
import { assign, evaluate, jump, nameAt, opaque, rangeOf, returned, whileLoop, withType } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { Loops } from '../shared/loops';
import type { Context } from './context';
import type { CSharpFile } from './file';
import type { Functions } from './functions';
import type { Host } from './host';
import type { Objects } from './objects';
import type { Strings } from './strings';
import type { Switches } from './switches';
import type { Types } from './types';
import type { Variables } from './variables';

/** Lowers statements. */
export class Statements {
  constructor(
    private readonly file: CSharpFile,
    private readonly children: Children,
    private readonly context: Context,
    private readonly loops: Loops,
    private readonly types: Types,
    private readonly variables: Variables,
    private readonly strings: Strings,
    private readonly switches: Switches,
    private readonly objects: Objects,
    private readonly functions: Functions,
    private readonly host: Host,
  ) {}

  body(nodes: readonly SyntaxNode[]): Statement[] {
    return this.context.scopes.within(() => {
      const functions = nodes.filter(({ type }) => type === 'local_function_statement');
      for (const one of functions) this.context.declareLocal(this.file.nameOf(one), undefined);
      const others = nodes.filter(({ type }) => type !== 'local_function_statement');
      // They can use variables that are declared before they are called.
      const lowered = others.flatMap((node) => this.statement(node));
      return [...functions.flatMap((node) => this.functions.localFunction(node)), ...lowered];
    });
  }

  block(node: SyntaxNode | undefined): Statement[] {
    if (!node?.isNamed) return [];
    return this.body(node.type === 'block' ? node.children : [node]);
  }

  statement(node: SyntaxNode): Statement[] {
    return this.context.pending.before(() => this.#statement(node));
  }

  #statement(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    switch (node.type) {
      case 'expression_statement':
        return this.children.evaluated(node.children[0]);
      case 'local_declaration_statement':
        return node.children
          .filter(({ type }) => type === 'variable_declaration')
          .flatMap((one) => this.#declarations(one));
      case 'block':
        return [{ kind: 'block', body: this.body(node.children), ...at }];
      case 'if_statement':
        return this.loops.if(node);
      case 'while_statement':
      case 'do_statement': {
        const test = this.children.child(node, 'condition');
        return [whileLoop(test, this.block(childOf(node, 'body')), node.type === 'do_statement', at)];
      }
      case 'for_statement':
        return this.loops.for(node, 'initializer', (one) => this.#initial(one));
      case 'foreach_statement':
        return this.#forEach(node);
      case 'break_statement':
      case 'continue_statement':
        return [jump(node.type === 'break_statement' ? 'break' : 'continue', undefined, at)];
      case 'return_statement': {
        const [value] = node.children;
        if (this.context.yields || !value) return [{ kind: 'return', ...at }];
        return [returned(this.functions.returnedValue(value), at)];
      }
      case 'yield_statement': {
        const [value] = node.children;
        const list = nameAt('$yielded', at);
        if (!value) return [returned(list, at)];
        const target: Pattern = { kind: 'index', object: list, index: opaque([], at), ...at };
        return [evaluate(assign(target, this.host.expression(value), at), at)];
      }
      case 'throw_statement':
        return [{ kind: 'throw', value: this.children.first(node), ...at }];
      case 'try_statement':
        return this.#try(node);
      case 'switch_statement':
        return this.switches.switch(node);
      case 'using_statement':
      case 'fixed_statement': {
        const body = childOf(node, 'body') ?? node.children.at(-1);
        const before = node.children.filter((one) => one !== body && one.isNamed);
        return this.context.scopes.within(() => [
          { kind: 'block', body: [...before.flatMap((one) => this.#initial(one)), ...this.block(body)], ...at },
        ]);
      }
      case 'lock_statement':
      case 'checked_statement':
      case 'unsafe_statement': {
        const body = node.children.find(({ type }) => type === 'block');
        const before = node.children
          .filter((one) => one !== body && one.isNamed)
          .flatMap((one) => this.children.evaluated(one));
        return [...before, { kind: 'block', body: this.block(body), ...at }];
      }
      case 'labeled_statement':
        return node.children.slice(1).flatMap((one) => this.statement(one));
      case 'goto_statement':
        // It is unknown where control continues.
        return [];
      case 'empty_statement':
      case 'delegate_declaration':
        return [];
      case 'local_function_statement':
        return this.functions.localFunction(node);
      case 'preproc_if':
      case 'preproc_elif': {
        const alternative = childOf(node, 'alternative');
        const own = node.children.filter(({ field }) => field !== 'condition' && field !== 'alternative');
        const yes = own.flatMap((one) => this.statement(one));
        const no = alternative
          ? alternative.type === 'preproc_elif'
            ? this.statement(alternative)
            : alternative.children.flatMap((one) => this.statement(one))
          : [];
        // Variables that it declares are visible after it.
        return no.length > 0 && !yes.some(({ kind }) => kind === 'declare')
          ? [{ kind: 'if', test: opaque([], at), yes, no, ...at }]
          : [...yes, ...no];
      }
      case 'global_statement':
        return node.children.flatMap((one) => this.statement(one));
      case 'variable_declaration':
        return this.#declarations(node);
      case 'ERROR':
        return node.children
          .filter(({ isNamed }) => isNamed)
          .flatMap((one) =>
            /_statement$|^block$/.test(one.type) ? this.statement(one) : this.children.evaluated(one),
          );
      default:
        if (/^preproc_|^using_directive$/.test(node.type)) return [];
        return this.children.evaluated(node);
    }
  }

  /** The initializer of a loop or `using`: a declaration, or an expression. */
  #initial(node: SyntaxNode): Statement[] {
    return node.type === 'variable_declaration' ? this.#declarations(node) : this.children.evaluated(node);
  }

  #forEach(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const collection = this.children.child(node, 'right');
    return this.context.scopes.within(() => {
      const typeNode = childOf(node, 'type');
      const left = childOf(node, 'left');
      const target: Pattern =
        left?.type === 'identifier'
          ? nameAt(this.file.text(left), left)
          : left
            ? this.variables.designation(left)
            : opaque([], at);
      if (target.kind === 'name') this.context.declareLocal(target.name, this.file.simple(typeNode));
      const type = this.types.typeName(typeNode);
      const body = this.block(childOf(node, 'body'));
      const retyped: Statement[] =
        type === undefined || target.kind !== 'name'
          ? []
          : [{ kind: 'declare', target, type, value: target, scope: 'block', ...at }];
      return [{ kind: 'forEach', target, of: 'items', collection, body: [...retyped, ...body], ...at }];
    });
  }

  #declarations(node: SyntaxNode): Statement[] {
    const typeNode = childOf(node, 'type');
    const type = this.types.typeName(typeNode);
    const simple = this.file.simple(typeNode);
    return node.children.flatMap((one): Statement[] => {
      if (one.type !== 'variable_declarator') return [];
      const at = rangeOf(one);
      const pattern = one.children.find(({ type: kind }) => kind === 'tuple_pattern');
      const initial = one.children.find(
        ({ field, isNamed, type: kind }) =>
          isNamed && field === undefined && !/^(?:tuple_pattern|bracketed_)/.test(kind),
      );
      const value = initial && this.objects.valueOf(initial, typeNode);
      if (pattern)
        return [
          {
            kind: 'declare',
            target: this.variables.designation(pattern),
            ...(value && { value }),
            scope: 'block',
            ...at,
          },
        ];
      const name = this.file.nameOf(one);
      this.context.declareLocal(
        name,
        simple === 'var' ? this.variables.typeOf(initial) : simple,
        initial && this.strings.matchOf(initial),
      );
      const named = childOf(one, 'name');
      return [
        {
          kind: 'declare',
          target: nameAt(name, rangeOf(named ?? one)),
          ...withType(type),
          ...(value && { value }),
          scope: 'block',
          ...at,
        },
      ];
    });
  }

  #try(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const body = this.block(childOf(node, 'body'));
    const handlers: { target?: Pattern; body: Statement[] }[] = [];
    let last: Statement[] = [];
    for (const one of node.children)
      if (one.type === 'catch_clause') handlers.push(this.context.scopes.within(() => this.#handler(one)));
      else if (one.type === 'finally_clause') last = this.block(one.children.find(({ type }) => type === 'block'));
    return [{ kind: 'try', body, handlers, last, ...at }];
  }

  #handler(node: SyntaxNode): { target?: Pattern; body: Statement[] } {
    const declaration = node.children.find(({ type }) => type === 'catch_declaration');
    const name = declaration && childOf(declaration, 'name');
    if (name) this.context.declareLocal(this.file.text(name), 'Exception');
    const filter = node.children.find(({ type }) => type === 'catch_filter_clause');
    const checked = filter ? this.children.evaluated(filter.children[0]) : [];
    return {
      ...(name && { target: nameAt(this.file.text(name), name) }),
      body: [...checked, ...this.block(childOf(node, 'body'))],
    };
  }
}
