import type { Argument, Expression, Module, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';
import { Children } from '../shared/children';
import { Loops } from '../shared/loops';
import type { SourceFile } from '../shared/sourceFile';
import { Calls } from './calls';
import { Classes } from './classes';
import { Declared } from './declared';
import { Context, type Local } from './context';
import { Expressions } from './expressions';
import { Functions } from './functions';
import type { Host } from './host';
import { ModuleBody } from './module';
import { Patterns } from './patterns';
import { Statements } from './statements';
import { Strings } from './strings';
import { Types } from './types';
import { Variables } from './variables';

/** Lowers a Java file. */
export function lower(file: SourceFile, root: SyntaxNode, hasErrors: boolean): Module {
  return { body: new Lowering(file).module(root), hasErrors };
}

/** Lowers a file. Its parts reach each other through it. */
class Lowering implements Host {
  readonly #statements: Statements;
  readonly #calls: Calls;
  readonly #expressions: Expressions;
  readonly #moduleBody: ModuleBody;

  constructor(file: SourceFile) {
    const children = new Children(this);
    const context = new Context();
    const loops = new Loops(children, context.scopes, this);
    const types = new Types(file, context);
    const variables = new Variables(file, context, types);
    const declared = new Declared(file, context, types);
    const functions = new Functions(file, context, types, declared, this);
    const classes = new Classes(file, context, types, variables, declared, functions, this);
    const patterns = new Patterns(file, children, context, types);
    this.#statements = new Statements(file, children, context, loops, types, variables, classes, patterns, this);
    const strings = new Strings(file, this);
    this.#calls = new Calls(file, context, types, variables, classes, strings, this);
    this.#expressions = new Expressions(
      file,
      children,
      context,
      types,
      variables,
      functions,
      patterns,
      this.#statements,
      this.#calls,
    );
    this.#moduleBody = new ModuleBody(file, context, types, variables, declared, functions, classes, this.#statements);
  }

  body(nodes: readonly SyntaxNode[]): Statement[] {
    return this.#statements.body(nodes);
  }

  block(node: SyntaxNode | undefined): Statement[] {
    return this.#statements.block(node);
  }

  args(node: SyntaxNode | undefined): Argument[] {
    return this.#calls.args(node);
  }

  matcher(node: SyntaxNode): Local['matcher'] {
    return this.#calls.matcher(node);
  }

  expression(node: SyntaxNode): Expression {
    return this.#expressions.expression(node);
  }

  module(root: SyntaxNode): Statement[] {
    return this.#moduleBody.module(root);
  }
}
