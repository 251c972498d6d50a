import type { Expression, Module, Range, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';
import { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import { Calls } from './calls';
import { Classes } from './classes';
import { Context } from './context';
import { Expressions } from './expressions';
import { Functions } from './functions';
import type { Host } from './host';
import { ModuleBody } from './module';
import { Patterns } from './patterns';
import { References } from './references';
import { SpecialCalls } from './special';
import { Statements } from './statements';
import { Texts } from './texts';
import { Variables } from './variables';

/** Lowers a PHP file. */
export function lower(file: SourceFile, root: SyntaxNode, hasErrors: boolean): Module {
  return { body: new Lowering(file).module(root), hasErrors };
}

/** Lowers a file. Its parts reach each other through it. */
class Lowering implements Host {
  readonly #specialCalls: SpecialCalls;
  readonly #statements: Statements;
  readonly #expressions: Expressions;
  readonly #moduleBody: ModuleBody;

  constructor(file: SourceFile) {
    const children = new Children(this);
    const context = new Context(file);
    const references = new References(file);
    const texts = new Texts(file, references, this);
    const variables = new Variables(file, context, references, this);
    const patterns = new Patterns(file, references, texts, this);
    const calls = new Calls(file, children, references, texts, variables, this);
    this.#specialCalls = new SpecialCalls(context, references, texts, calls, this);
    const functions = new Functions(file, context, references, variables, calls, this);
    const classes = new Classes(file, context, references, functions, this);
    this.#statements = new Statements(
      file,
      children,
      context,
      references,
      texts,
      variables,
      patterns,
      calls,
      classes,
      this,
    );
    this.#expressions = new Expressions(
      file,
      children,
      context,
      references,
      texts,
      variables,
      patterns,
      calls,
      functions,
      classes,
    );
    this.#moduleBody = new ModuleBody(file, context, references, variables, classes, this.#statements);
  }

  special(name: string, args: readonly SyntaxNode[], at: Range): Expression | undefined {
    return this.#specialCalls.special(name, args, at);
  }

  body(nodes: readonly SyntaxNode[]): Statement[] {
    return this.#statements.body(nodes);
  }

  expression(node: SyntaxNode): Expression {
    return this.#expressions.expression(node);
  }

  array(node: SyntaxNode): Expression {
    return this.#expressions.array(node);
  }

  module(root: SyntaxNode): Statement[] {
    return this.#moduleBody.module(root);
  }
}
