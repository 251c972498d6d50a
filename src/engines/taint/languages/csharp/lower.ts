import type { Argument, Expression, Module, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';
import { Children } from '../shared/children';
import { Loops } from '../shared/loops';
import { Actions } from './actions';
import { Calls } from './calls';
import { Classes } from './classes';
import { Context } from './context';
import { Expressions } from './expressions';
import type { CSharpFile } from './file';
import { Functions } from './functions';
import type { Host } from './host';
import { ModuleBody } from './module';
import { Objects } from './objects';
import { FileTypes } from './fileTypes';
import { Patterns } from './patterns';
import { Queries } from './query';
import type { DeclaredTypes } from './resolve';
import { Statements } from './statements';
import { Strings } from './strings';
import { Switches } from './switches';
import { Types } from './types';
import { Variables } from './variables';

/** Lowers a C# file. */
export function lower(file: CSharpFile, root: SyntaxNode, hasErrors: boolean, declared: DeclaredTypes): Module {
  return { body: new Lowering(file, declared).module(root), hasErrors };
}

/** Lowers a file. Its parts reach each other through it. */
class Lowering implements Host {
  readonly #statements: Statements;
  readonly #calls: Calls;
  readonly #expressions: Expressions;
  readonly #moduleBody: ModuleBody;

  constructor(file: CSharpFile, declared: DeclaredTypes) {
    const children = new Children(this);
    const context = new Context(file);
    const loops = new Loops(children, context.scopes, this);
    const fileTypes = new FileTypes(file, declared, context);
    const types = new Types(file, declared, context, fileTypes);
    const variables = new Variables(file, declared, context, fileTypes, types, this);
    const strings = new Strings(file, context, variables, this);
    const patterns = new Patterns(file, children, context, types, variables, this);
    const switches = new Switches(file, children, context, patterns, this);
    const objects = new Objects(file, declared, context, fileTypes, types, variables, strings, this);
    const actions = new Actions(file, context, types);
    const functions = new Functions(
      file,
      declared,
      context,
      fileTypes,
      types,
      variables,
      strings,
      objects,
      actions,
      this,
    );
    const classes = new Classes(file, context, fileTypes, types, objects, actions, functions, this);
    this.#statements = new Statements(
      file,
      children,
      context,
      loops,
      types,
      variables,
      strings,
      switches,
      objects,
      functions,
      this,
    );
    const queries = new Queries(file, children, context, variables, this);
    this.#calls = new Calls(file, declared, context, fileTypes, types, variables, strings, functions, this);
    this.#expressions = new Expressions(
      file,
      children,
      context,
      fileTypes,
      types,
      variables,
      strings,
      patterns,
      switches,
      objects,
      functions,
      this.#statements,
      queries,
      this.#calls,
    );
    this.#moduleBody = new ModuleBody(file, declared, context, fileTypes, types, classes, this.#statements);
  }

  body(nodes: readonly SyntaxNode[]): Statement[] {
    return this.#statements.body(nodes);
  }

  statement(node: SyntaxNode): Statement[] {
    return this.#statements.statement(node);
  }

  args(node: SyntaxNode | undefined): Argument[] {
    return this.#calls.args(node);
  }

  expression(node: SyntaxNode): Expression {
    return this.#expressions.expression(node);
  }

  module(root: SyntaxNode): Statement[] {
    return this.#moduleBody.module(root);
  }

  block(node: SyntaxNode | undefined): Statement[] {
    return this.#statements.block(node);
  }
}
