import type { Argument, Expression, Field, Module, Parameter, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';
import { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import { Calls } from './calls';
import { Classes } from './classes';
import { Context } from './context';
import { Declarations } from './declared';
import { Expressions } from './expressions';
import { Functions } from './functions';
import type { Finish, Host } from './host';
import { Matches } from './matches';
import { ModuleBody } from './module';
import { Patterns } from './patterns';
import { References } from './references';
import { Script, type Template } from './script';
import { Statements } from './statements';
import { Strings } from './strings';
import { Views } from './views';

/** Lowers a Ruby file, or the code of a template. */
export function lower(file: SourceFile, root: SyntaxNode, hasErrors: boolean, template?: Template): Module {
  return { body: new Lowering(file, template).module(root), hasErrors };
}

/** Lowers a file. Its parts reach each other through it. */
class Lowering implements Host {
  readonly #functions: Functions;
  readonly #calls: Calls;
  readonly #statements: Statements;
  readonly #expressions: Expressions;
  readonly #moduleBody: ModuleBody;

  constructor(file: SourceFile, template: Template) {
    const children = new Children(this);
    const script = new Script(file, template);
    const declarations = new Declarations(file);
    const context = new Context(file, declarations);
    const references = new References(file, script, declarations, context);
    const views = new Views(file, script);
    const strings = new Strings(file, references, this);
    const patterns = new Patterns(file, context, references, this);
    const matches = new Matches(file, context, this);
    this.#functions = new Functions(file, context, references, patterns, this);
    this.#calls = new Calls(file, script, context, references, views, strings, this.#functions, this);
    const classes = new Classes(file, context, references, views, this.#functions, this.#calls, this);
    this.#statements = new Statements(
      file,
      script,
      context,
      references,
      patterns,
      matches,
      this.#functions,
      this.#calls,
      this,
    );
    this.#expressions = new Expressions(
      file,
      children,
      context,
      references,
      strings,
      patterns,
      matches,
      this.#functions,
      this.#calls,
      this.#statements,
    );
    this.#moduleBody = new ModuleBody(
      script,
      declarations,
      context,
      references,
      strings,
      this.#functions,
      classes,
      this.#statements,
      this.#expressions,
    );
  }

  parameter(node: SyntaxNode, before: Statement[]): Parameter {
    return this.#functions.parameter(node, before);
  }

  arguments(nodes: readonly SyntaxNode[]): { args: Argument[]; named: Argument[]; passed: Argument | undefined } {
    return this.#calls.arguments(nodes);
  }

  statements(nodes: readonly SyntaxNode[], finish?: Finish): Statement[] {
    return this.#statements.statements(nodes, finish);
  }

  expression(node: SyntaxNode): Expression {
    return this.#expressions.expression(node);
  }

  field(node: SyntaxNode): Field[] {
    return this.#expressions.field(node);
  }

  module(root: SyntaxNode): Statement[] {
    return this.#moduleBody.module(root);
  }
}
