import type { Expression, Module, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';
import { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import { Assignments } from './assignments';
import { Branches } from './branches';
import { Calls } from './calls';
import { Classes } from './classes';
import { Comparisons } from './comparisons';
import { Composites } from './composites';
import { Context } from './context';
import { Expressions } from './expressions';
import { Functions } from './functions';
import type { Host } from './host';
import { LibraryCalls } from './library';
import { Loops } from './loops';
import { ModuleBody } from './module';
import { Names } from './names';
import { Statements } from './statements';
import { Types } from './types';

/** Lowers a Go file. */
export function lower(file: SourceFile, root: SyntaxNode, hasErrors: boolean): Module {
  return { body: new Lowering(file).module(root), hasErrors };
}

/** Lowers a file. Its parts reach each other through it. */
class Lowering implements Host {
  readonly #statements: Statements;
  readonly #expressions: Expressions;
  readonly #moduleBody: ModuleBody;

  constructor(file: SourceFile) {
    const children = new Children(this);
    const context = new Context();
    const names = new Names(file, context);
    const types = new Types(file, context, names);
    const assignments = new Assignments(file, context, names, types, this);
    const functions = new Functions(file, context, names, types, assignments, this);
    const classes = new Classes(file, names, types, functions);
    const loops = new Loops(file, context, names, assignments, this);
    const branches = new Branches(file, children, context, types, this);
    this.#statements = new Statements(
      file,
      children,
      context,
      names,
      types,
      assignments,
      functions,
      classes,
      loops,
      branches,
      this,
    );
    const library = new LibraryCalls(file, context, this);
    const calls = new Calls(file, children, names, types, library, this);
    const comparisons = new Comparisons(file, children, context, names, this);
    const composites = new Composites(file, names, types, this);
    this.#expressions = new Expressions(
      file,
      children,
      context,
      names,
      types,
      functions,
      calls,
      comparisons,
      composites,
    );
    this.#moduleBody = new ModuleBody(file, context, names, types, assignments, functions, classes);
  }

  statements(nodes: readonly SyntaxNode[]): Statement[] {
    return this.#statements.statements(nodes);
  }

  block(node: SyntaxNode | undefined): Statement[] {
    return this.#statements.block(node);
  }

  statement(node: SyntaxNode): Statement[] {
    return this.#statements.statement(node);
  }

  expression(node: SyntaxNode, type?: SyntaxNode): Expression {
    return this.#expressions.expression(node, type);
  }

  selector(node: SyntaxNode): Expression {
    return this.#expressions.selector(node);
  }

  module(root: SyntaxNode): Statement[] {
    return this.#moduleBody.module(root);
  }
}
