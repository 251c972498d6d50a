import type { Expression, Module, Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';
import { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import { Classes } from './classes';
import { Expressions } from './expressions';
import { Functions } from './functions';
import type { Host } from './host';
import { Jsx } from './jsx';
import { Modules } from './modules';
import { Names } from './names';
import { Patterns } from './patterns';
import { Statements } from './statements';

/** Lowers a JavaScript or TypeScript file. */
export function lower(file: SourceFile, root: SyntaxNode, hasErrors: boolean): Module {
  return { body: new Lowering(file).body(root.children), hasErrors };
}

/** Lowers a file. Its parts reach each other through it. */
class Lowering implements Host {
  readonly #expressions: Expressions;
  readonly #statements: Statements;

  constructor(file: SourceFile) {
    const children = new Children(this);
    const names = new Names(file, children);
    const patterns = new Patterns(file, names, this);
    const functions = new Functions(file, children, names, patterns, this);
    const classes = new Classes(file, children, names, functions, this);
    const jsx = new Jsx(file, children, this);
    this.#expressions = new Expressions(file, children, names, patterns, functions, classes, jsx);
    const modules = new Modules(file, children, names, patterns, classes, this.#expressions, this);
    this.#statements = new Statements(file, children, names, patterns, functions, classes, this.#expressions, modules);
  }

  expression(node: SyntaxNode): Expression {
    return this.#expressions.expression(node);
  }

  body(nodes: readonly SyntaxNode[]): Statement[] {
    return this.#statements.body(nodes);
  }

  statement(node: SyntaxNode): Statement[] {
    return this.#statements.statement(node);
  }
}
