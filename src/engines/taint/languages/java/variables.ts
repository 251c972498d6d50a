import type { Expression, Name, Range } from '../../ir/ir';
import { member, nameAt, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import { builders } from './names';
import type { Types } from './types';

/** Resolves names in expressions, and their types. */
export class Variables {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly types: Types,
  ) {}

  identifier(name: string, at: Range): Expression {
    if (this.context.scopes.find(name)) return nameAt(name, at);
    const owner = this.context.around(({ fields }) => fields.has(name));
    const field = owner?.fields.get(name);
    if (owner && field)
      return member(field.isStatic ? nameAt(owner.local, at) : this.context.outerThis(owner, at), name, at);
    const imported = this.types.staticImports.get(name);
    if (imported) return this.types.static(imported.module, name, at);
    if (/^[A-Z]/.test(name) && !/^[A-Z][A-Z0-9_]+$/.test(name)) return this.types.type(name, at);
    const parent = this.context.around(({ hasParent }) => hasParent);
    if (parent && !/^[A-Z]/.test(name)) return member(this.context.outerThis(parent, at), name, at);
    if (/^[A-Z][A-Z0-9_]+$/.test(name)) {
      const [all] = this.types.staticPackages;
      if (parent && !this.types.imports.has(name) && !this.types.types.has(name))
        return member(this.context.outerThis(parent, at), name, at);
      return all !== undefined && !this.types.imports.has(name) && !this.types.types.has(name)
        ? this.types.static(all, name, at)
        : this.types.type(name, at);
    }
    return nameAt(name, at);
  }

  named(node: SyntaxNode): Name {
    const name = childOf(node, 'name');
    return nameAt(name ? this.file.text(name) : '', rangeOf(name ?? node));
  }

  /** The static type of an expression, if it is a variable or field of this file. */
  typeOf(node: SyntaxNode | undefined): string | undefined {
    if (!node) return undefined;
    if (node.type === 'parenthesized_expression') return this.typeOf(node.children[0]);
    if (node.type === 'identifier') {
      const name = this.file.text(node);
      const local = this.context.scopes.find(name);
      if (local) return local.type;
      return this.context.around(({ fields }) => fields.has(name))?.fields.get(name)?.type;
    }
    if (node.type === 'field_access' && childOf(node, 'object')?.type === 'this') {
      const field = childOf(node, 'field');
      return field && this.context.classes.at(-1)?.fields.get(this.file.text(field))?.type;
    }
    if (node.type === 'object_creation_expression') return this.types.simple(childOf(node, 'type'));
    if (node.type === 'method_invocation') {
      const type = this.typeOf(childOf(node, 'object'));
      if (type !== undefined && builders.test(type) && /^(?:append|insert)$/.test(this.file.nameOf(node))) return type;
      if (type === 'MessageDigest' || type === undefined) return undefined;
    }
    return undefined;
  }

  /** `java.util.List`, where only a package or type can be meant. */
  asType(node: SyntaxNode): Expression | undefined {
    const text = this.file.text(node).replace(/\s+/g, '');
    if (!/^(?:[a-z_]\w*\.)+[A-Z]\w*$/.test(text)) return undefined;
    const first = text.slice(0, text.indexOf('.'));
    if (
      first === 'this' ||
      first === 'super' ||
      this.context.scopes.find(first) ||
      this.context.around(({ fields }) => fields.has(first))
    )
      return undefined;
    return this.types.qualified(text, rangeOf(node));
  }
}
