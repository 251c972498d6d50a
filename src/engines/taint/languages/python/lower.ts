import type { Expression, Module, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';
import { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import { Calls } from './calls';
import { Classes } from './classes';
import { Comprehensions } from './comprehensions';
import { Context } from './context';
import { Expressions } from './expressions';
import { Functions } from './functions';
import type { Host } from './host';
import { Matches } from './matches';
import { Modules } from './modules';
import { Patterns } from './patterns';
import { Statements } from './statements';
import { Strings } from './strings';

/** Lowers a Python file. */
export function lower(file: SourceFile, root: SyntaxNode, hasErrors: boolean): Module {
  return { body: new Lowering(file).module(root), hasErrors };
}

/** Lowers a file. Its parts reach each other through it. */
class Lowering implements Host {
  readonly #modules: Modules;
  readonly #statements: Statements;
  readonly #expressions: Expressions;

  constructor(file: SourceFile) {
    const children = new Children(this);
    const context = new Context(file);
    const patterns = new Patterns(context, this);
    const functions = new Functions(file, context, this);
    const classes = new Classes(file, context, functions, this);
    const matches = new Matches(file, context, patterns, this);
    const comprehensions = new Comprehensions(file, context, patterns, this);
    const strings = new Strings(file, this);
    this.#modules = new Modules(file, context, this);
    this.#statements = new Statements(
      file,
      children,
      context,
      patterns,
      functions,
      classes,
      matches,
      strings,
      this.#modules,
      this,
    );
    const calls = new Calls(file, children, context, comprehensions, this);
    this.#expressions = new Expressions(file, children, context, patterns, functions, comprehensions, strings, calls);
  }

  body(nodes: readonly SyntaxNode[]): Statement[] {
    return this.#statements.body(nodes);
  }

  block(node: SyntaxNode | undefined): Statement[] {
    return this.#statements.block(node);
  }

  expression(node: SyntaxNode): Expression {
    return this.#expressions.expression(node);
  }

  module(root: SyntaxNode): Statement[] {
    return this.#modules.module(root);
  }
}
