import type { Statement } from '../../ir/ir';
import { construct, declareAt, nameAt, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Classes } from './classes';
import type { ClassInfo, Context } from './context';
import type { CSharpFile } from './file';
import type { FileTypes } from './fileTypes';
import type { DeclaredTypes } from './resolve';
import type { Statements } from './statements';
import { isType, joined } from './syntax';
import type { Types } from './types';

/** Lowers a file's top-level declarations and statements. */
export class ModuleBody {
  constructor(
    private readonly file: CSharpFile,
    private readonly declared: DeclaredTypes,
    private readonly context: Context,
    private readonly fileTypes: FileTypes,
    private readonly types: Types,
    private readonly classes: Classes,
    private readonly statements: Statements,
  ) {}

  module(root: SyntaxNode): Statement[] {
    const at = rangeOf(root);
    const tops: ClassInfo[] = [];
    const others: SyntaxNode[] = [];
    const visit = (nodes: readonly SyntaxNode[], namespace: string) => {
      let current = namespace;
      for (const node of nodes)
        switch (node.type) {
          case 'using_directive':
            this.types.using(node);
            break;
          case 'file_scoped_namespace_declaration':
            current = joined(current, this.file.nameOf(node));
            this.types.namespaces.push(current);
            visit(
              node.children.filter(({ field }) => field !== 'name'),
              current,
            );
            break;
          case 'namespace_declaration': {
            const inner = joined(current, this.file.nameOf(node));
            this.types.namespaces.push(inner);
            visit(childOf(node, 'body')?.children ?? [], inner);
            break;
          }
          case 'preproc_if':
          case 'preproc_elif':
          case 'preproc_else':
            visit(
              node.children.filter(({ field }) => field !== 'condition'),
              current,
            );
            break;
          case 'global_statement':
            others.push(...node.children);
            break;
          default:
            if (isType(node)) tops.push(this.fileTypes.collect(node, undefined, current));
            else if (!/^(?:preproc_|global_attribute|extern_alias|shebang|delegate_)/.test(node.type))
              others.push(node);
        }
    };
    visit(root.children, '');
    this.types.usings.push(...this.declared.globalUsings);
    for (const { node } of tops) this.classes.member(node);
    const loose: Statement[] = [];
    if (others.length > 0)
      this.context.scopes.within(() => {
        this.context.declareLocal('args', undefined);
        const isUsed = /\bargs\b/.test(this.file.source);
        if (isUsed) loose.push(declareAt('args', construct(this.types.type('MainArguments', at), [], at), at));
        loose.push(...this.statements.body(others));
      });
    const classes = this.classes.made.declarations(at);
    const exports: Statement[] = [];
    for (const { local, full, isPart } of this.fileTypes.infos.values())
      if (!isPart) exports.push({ kind: 'export', name: full, value: nameAt(local, at), ...at });
    const imports = [...this.types.used].map(([local, module]): Statement => ({
      kind: 'import',
      module,
      bindings: [{ local, name: 'default' }],
      ...at,
    }));
    return [...imports, ...classes, ...exports, ...this.classes.parts, ...this.classes.statics, ...loose];
  }
}
