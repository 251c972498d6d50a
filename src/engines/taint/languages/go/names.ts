import type { Name, Range } from '../../ir/ir';
import { nameAt } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import { textOfLiteral } from './literals';
import { packageNames } from './resolve';
import { specsOf } from './syntax';

/** Resolves names: of the file, of its package or of another. */
export class Names {
  /** The paths of imported packages, by their possible names. */
  readonly imports = new Map<string, string>();
  /** Imports that are needed because they are used, by variable name. */
  readonly used = new Map<string, { module: string; name: string }>();
  /** The file's top-level declarations. */
  readonly declared = new Set<string>();

  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
  ) {}

  import(node: SyntaxNode): void {
    for (const spec of specsOf(node)) {
      const path = childOf(spec, 'path');
      if (!path) continue;
      const module = textOfLiteral(this.file.text(path));
      const name = childOf(spec, 'name');
      if (name?.type === 'package_identifier') this.imports.set(this.file.text(name), module);
      else if (!name) for (const one of packageNames(module)) if (!this.imports.has(one)) this.imports.set(one, module);
    }
  }

  /** The path of the package that a name stands for. */
  package(node: SyntaxNode | undefined): string | undefined {
    if (node?.type !== 'identifier' && node?.type !== 'package_identifier') return undefined;
    const name = this.file.text(node);
    return this.context.scopes.find(name) || this.declared.has(name) ? undefined : this.imports.get(name);
  }

  /** The called function, with the last part of its package's path: `fmt.Sprintf`; a name of the file or a builtin stays unchanged. */
  called(node: SyntaxNode | undefined): string | undefined {
    if (node?.type === 'identifier') {
      const name = this.file.text(node);
      return this.context.scopes.find(name) || this.declared.has(name) ? undefined : name;
    }
    if (node?.type !== 'selector_expression') return undefined;
    const path = this.package(childOf(node, 'operand'));
    const field = childOf(node, 'field');
    return path !== undefined && field ? `${packageNames(path)[0] ?? path}.${this.file.text(field)}` : undefined;
  }

  /** A variable that is imported when it is first used. */
  imported(module: string, name: string, at: Range, local = name): Name {
    this.used.set(local, { module, name });
    return nameAt(local, at);
  }

  global(name: string, at: Range): Name {
    if (this.context.scopes.find(name) || this.declared.has(name)) return nameAt(name, at);
    return this.imported('.', name, at);
  }

  isBlank(node: SyntaxNode): boolean {
    return node.type === 'blank_identifier' || (node.type === 'identifier' && this.file.text(node) === '_');
  }
}
