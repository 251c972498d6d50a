import type { Expression, Statement } from '../../ir/ir';
import { nameAt, rangeOf } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import type { Classes } from './classes';
import { declarationsOf, type Context } from './context';
import type { Declarations } from './declared';
import type { Expressions } from './expressions';
import type { Functions } from './functions';
import type { References } from './references';
import { constantSpecifier, methodSpecifier } from './resolve';
import type { Script } from './script';
import type { Statements } from './statements';
import type { Strings } from './strings';

/** Lowers a file's top-level declarations and statements. */
export class ModuleBody {
  constructor(
    private readonly script: Script,
    private readonly declarations: Declarations,
    private readonly context: Context,
    private readonly references: References,
    private readonly strings: Strings,
    private readonly functions: Functions,
    private readonly classes: Classes,
    private readonly statements: Statements,
    private readonly expressions: Expressions,
  ) {}

  module(root: SyntaxNode): Statement[] {
    const at = { from: root.from, to: root.from };
    this.strings.pairHeredocs(root);
    this.declarations.collect(root.children, '', undefined);
    const declarations = this.declarations.parentsFirst().flatMap((one) => this.classes.declaration(one));
    const functions = [...this.declarations.functions].flatMap(([name, node]): Statement[] => {
      const value = this.functions.method(node, this.context.place);
      const target = nameAt(`def ${name}`, rangeOf(node));
      return [
        { kind: 'declare', target, value, scope: 'function', ...rangeOf(node) },
        { kind: 'export', name: methodSpecifier(name).toLowerCase(), value: target, ...rangeOf(node) },
      ];
    });
    const constants = [...this.declarations.constants].flatMap(([name, node]): Statement[] => {
      if (this.declarations.classes.has(name)) return [];
      const owner = this.declarations.classes.get(name.replace(/::\w+$/, ''));
      const value = this.context.inPlace({ declared: owner, isStatic: true, method: '' }, () =>
        this.#named(name, node),
      );
      const target = nameAt(`::${name}`, rangeOf(node));
      return [
        { kind: 'declare', target, value, scope: 'function', ...rangeOf(node) },
        { kind: 'export', name: constantSpecifier([name]).toLowerCase(), value: target, ...rangeOf(node) },
      ];
    });
    const body = this.statements.statements(root.children);
    const self: Statement[] =
      this.script.self === undefined
        ? []
        : [
            {
              kind: 'declare',
              target: nameAt('this', at),
              type: this.references.library(this.script.self),
              scope: 'function',
              ...at,
            },
          ];
    const imports = [...this.references.imports].map(([local, module]): Statement => ({
      kind: 'import',
      module,
      bindings: [{ local }],
      from: 0,
      to: 0,
    }));
    const globals = [...this.references.globals].map((name): Statement => ({
      kind: 'declare',
      target: nameAt(name, at),
      scope: 'function',
      ...at,
    }));
    return [
      ...imports,
      ...globals,
      ...self,
      ...declarationsOf(this.context.frame, at, 'function'),
      ...functions,
      ...constants.filter((one) => one.kind !== 'declare' || one.value?.kind !== 'class'),
      ...declarations,
      ...constants.filter((one) => one.kind === 'declare' && one.value?.kind === 'class'),
      ...body,
    ];
  }

  /** The value of a constant, which may be a class created by a call. */
  #named(name: string, node: SyntaxNode): Expression {
    return this.declarations.classes.has(name) ? nameAt(`::${name}`, rangeOf(node)) : this.expressions.expression(node);
  }
}
