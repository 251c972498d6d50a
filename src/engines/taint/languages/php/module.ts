import type { Statement } from '../../ir/ir';
import type { SyntaxNode } from '../../syntax/tree';
import { parentsFirst } from '../shared/parentsFirst';
import type { SourceFile } from '../shared/sourceFile';
import type { Classes } from './classes';
import type { Context } from './context';
import type { References } from './references';
import type { Statements } from './statements';
import { variablesIn } from './syntax';
import type { Variables } from './variables';

/** Lowers a file's top-level declarations and statements. */
export class ModuleBody {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly references: References,
    private readonly variables: Variables,
    private readonly classes: Classes,
    private readonly statements: Statements,
  ) {}

  /** Imports, then functions and classes with their exports, then the file's own code. */
  module(root: SyntaxNode): Statement[] {
    const variables = variablesIn(root, this.file.source);
    return this.context.inFunction({ node: root, variables, isFile: true }, () => {
      const declarations: { node: SyntaxNode; namespace: string }[] = [];
      this.references.collect(root.children, declarations);
      const isFunction = ({ node }: { node: SyntaxNode }) => node.type === 'function_definition';
      const classes = this.#parentsFirst(declarations.filter((one) => !isFunction(one)));
      const hoisted = [...declarations.filter(isFunction), ...classes].flatMap(({ node, namespace }) => {
        this.references.namespace = namespace;
        return this.classes.declaration(node);
      });
      this.references.namespace = '';
      const code = this.statements.body(root.children);
      const declares = code.length > 0 ? this.variables.variables(variables, root, new Set()) : [];
      const imports = [...this.references.imports].map(([local, module]): Statement => ({
        kind: 'import',
        module,
        bindings: [{ local }],
        from: 0,
        to: 0,
      }));
      return [...imports, ...hoisted, ...declares, ...code];
    });
  }

  #parentsFirst<T extends { readonly node: SyntaxNode }>(classes: readonly T[]): T[] {
    const byName = new Map(classes.map((one) => [this.file.nameOf(one.node), one] as const));
    return parentsFirst(classes, ({ node }) => {
      const parent = node.children.find(({ type }) => type === 'base_clause')?.children[0];
      return [parent && byName.get(this.file.text(parent).replace(/^.*\\/, ''))];
    });
  }
}
