import type { Expression, Field, Statement } from '../../ir/ir';
import { jump, opaque, rangeOf, whileLoop } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Classes } from './classes';
import type { Expressions } from './expressions';
import type { Functions } from './functions';
import type { Modules } from './modules';
import type { Names } from './names';
import type { Patterns } from './patterns';

/** Lowers statements. */
export class Statements {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly names: Names,
    private readonly patterns: Patterns,
    private readonly functions: Functions,
    private readonly classes: Classes,
    private readonly expressions: Expressions,
    private readonly modules: Modules,
  ) {}

  /** Statements, functions first and exports last, since the position of either does not matter. */
  body(nodes: readonly SyntaxNode[]): Statement[] {
    const hoisted: Statement[] = [];
    const others: Statement[] = [];
    const exports: Statement[] = [];
    for (const node of nodes)
      for (const one of this.statement(node))
        if (
          one.kind === 'import' ||
          (one.kind === 'declare' && one.value?.kind === 'function' && one.scope === 'function')
        )
          hoisted.push(one);
        else if (one.kind === 'export') exports.push(one);
        else others.push(one);
    return [...hoisted, ...others, ...exports];
  }

  #block(node: SyntaxNode | undefined): Statement[] {
    if (!node) return [];
    return node.type === 'statement_block' ? this.body(node.children) : this.body([node]);
  }

  statement(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    switch (node.type) {
      case 'expression_statement': {
        const [value] = node.children;
        if (value?.type === 'internal_module') return this.statement(value);
        return value ? [{ kind: 'evaluate', value: this.expressions.expression(value), ...at }] : [];
      }
      case 'lexical_declaration':
      case 'variable_declaration':
        return this.#declarations(node);
      case 'function_declaration':
      case 'generator_function_declaration': {
        const value = this.functions.function(node, false);
        return [
          {
            kind: 'declare',
            target: this.patterns.name(childOf(node, 'name') ?? node),
            value,
            scope: 'function',
            ...at,
          },
        ];
      }
      case 'class_declaration':
      case 'abstract_class_declaration':
      case 'class': {
        const value = this.classes.class(node, []);
        return [
          { kind: 'declare', target: this.patterns.name(childOf(node, 'name') ?? node), value, scope: 'block', ...at },
        ];
      }
      case 'return_statement': {
        const [value] = node.children;
        return [{ kind: 'return', ...(value && { value: this.expressions.expression(value) }), ...at }];
      }
      case 'throw_statement':
        return [{ kind: 'throw', value: this.children.first(node), ...at }];
      case 'if_statement': {
        const test = childOf(node, 'condition');
        const otherwise = childOf(node, 'alternative');
        const no =
          otherwise?.type === 'else_clause'
            ? this.body(otherwise.children.flatMap((one) => (one.type === 'statement_block' ? one.children : [one])))
            : this.#block(otherwise);
        return [
          {
            kind: 'if',
            test: test ? this.expressions.expression(test) : opaque([], at),
            yes: this.#block(childOf(node, 'consequence')),
            no,
            ...at,
          },
        ];
      }
      case 'while_statement':
      case 'do_statement': {
        const test = this.children.child(node, 'condition');
        return [whileLoop(test, this.#block(childOf(node, 'body')), node.type === 'do_statement', at)];
      }
      case 'for_statement': {
        const init = childOf(node, 'initializer');
        const test = node.children.find(({ field, isNamed }) => field === 'condition' && isNamed);
        const update = childOf(node, 'increment');
        return [
          {
            kind: 'loop',
            init: init?.isNamed ? this.#initializer(init) : [],
            ...(test && {
              test:
                test.type === 'expression_statement' ? this.children.first(test) : this.expressions.expression(test),
            }),
            ...(update && { update: this.expressions.expression(update) }),
            body: this.#block(childOf(node, 'body')),
            isPost: false,
            ...at,
          },
        ];
      }
      case 'for_in_statement': {
        const left = childOf(node, 'left');
        const right = childOf(node, 'right');
        const operator = childOf(node, 'operator');
        if (!left || !right) return [];
        return [
          {
            kind: 'forEach',
            target: this.patterns.pattern(left),
            of: operator?.type === 'in' ? 'keys' : 'items',
            collection: this.expressions.expression(right),
            body: this.#block(childOf(node, 'body')),
            ...at,
          },
        ];
      }
      case 'switch_statement': {
        const value = childOf(node, 'value');
        const cases = (childOf(node, 'body')?.children ?? []).map((one) => {
          const test = childOf(one, 'value');
          return {
            tests: test ? [this.expressions.expression(test)] : [],
            body: this.body(one.children.filter(({ field }) => field === 'body')),
          };
        });
        // A case without a body shares that of the next one.
        const joined: { tests: Expression[]; body: Statement[] }[] = [];
        let waiting: Expression[] = [];
        for (const one of cases) {
          if (one.body.length === 0 && one.tests.length > 0) waiting.push(...one.tests);
          else {
            joined.push({ tests: one.tests.length === 0 ? [] : [...waiting, ...one.tests], body: one.body });
            waiting = [];
          }
        }
        return [
          { kind: 'switch', value: value ? this.expressions.expression(value) : opaque([], at), cases: joined, ...at },
        ];
      }
      case 'try_statement': {
        const handler = childOf(node, 'handler');
        const target = handler && childOf(handler, 'parameter');
        const finalizer = childOf(node, 'finalizer');
        return [
          {
            kind: 'try',
            body: this.#block(childOf(node, 'body')),
            handlers: handler
              ? [
                  {
                    ...(target && { target: this.patterns.pattern(target) }),
                    body: this.#block(childOf(handler, 'body')),
                  },
                ]
              : [],
            last: finalizer ? this.#block(childOf(finalizer, 'body')) : [],
            ...at,
          },
        ];
      }
      case 'statement_block':
        return [{ kind: 'block', body: this.body(node.children), ...at }];
      case 'labeled_statement':
        return this.body([childOf(node, 'body')].filter((one) => one !== undefined));
      case 'break_statement':
      case 'continue_statement': {
        const label = childOf(node, 'label');
        const kind = node.type === 'break_statement' ? 'break' : 'continue';
        return [jump(kind, label && this.file.text(label), at)];
      }
      case 'import_statement':
        return this.modules.import(node);
      case 'export_statement':
        return this.modules.export(node);
      case 'enum_declaration':
        return this.#enum(node);
      case 'internal_module':
      case 'module': {
        const body = childOf(node, 'body');
        return body
          ? this.body(body.children).map((one) =>
              one.kind === 'export' && one.value ? { kind: 'evaluate', value: one.value, ...rangeOf(node) } : one,
            )
          : [];
      }
      case 'with_statement':
        return this.#block(childOf(node, 'body'));
      case 'ERROR':
        // Code that the parser skipped: the parts that it did understand.
        return this.body(node.children.filter(({ type }) => /_(?:statement|declaration)$/.test(type)));
      default:
        return [];
    }
  }

  #initializer(node: SyntaxNode): Statement[] {
    return /_(?:declaration|statement)$/.test(node.type)
      ? this.statement(node)
      : [{ kind: 'evaluate', value: this.expressions.expression(node), ...rangeOf(node) }];
  }

  #declarations(node: SyntaxNode): Statement[] {
    const scope = node.type === 'variable_declaration' ? 'function' : 'block';
    return node.children.flatMap((one): Statement[] => {
      if (one.type !== 'variable_declarator') return [];
      const name = childOf(one, 'name');
      const value = childOf(one, 'value');
      const type = this.names.typeOf(one);
      if (!name) return [];
      const lowered = value && this.expressions.expression(value);
      return [
        {
          kind: 'declare',
          target: this.patterns.pattern(name),
          ...(type !== undefined && { type }),
          ...(lowered && {
            value:
              lowered.kind === 'function' && lowered.name === '' ? { ...lowered, name: this.file.text(name) } : lowered,
          }),
          // A function in a variable is not hoisted.
          scope: lowered?.kind === 'function' ? 'block' : scope,
          ...rangeOf(one),
        },
      ];
    });
  }

  #enum(node: SyntaxNode): Statement[] {
    const name = childOf(node, 'name');
    const members = childOf(node, 'body')?.children ?? [];
    if (!name) return [];
    const fields = members.map((one): Field => {
      const key = childOf(one, 'name') ?? one;
      const value = childOf(one, 'value');
      return {
        key: this.names.keyText(key),
        value: value ? this.expressions.expression(value) : { kind: 'literal', value: 0, ...rangeOf(one) },
      };
    });
    return [
      {
        kind: 'declare',
        target: this.patterns.name(name),
        value: { kind: 'object', fields, ...rangeOf(node) },
        scope: 'block',
        ...rangeOf(node),
      },
    ];
  }
}
