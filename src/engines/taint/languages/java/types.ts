import type { Expression, Name, Range } from '../../ir/ir';
import { dotted, member, nameAt, rangeOf } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import { numbers, uninformative, wrappers } from './names';
import { candidates } from './resolve';

/** Resolves names to types, from the file or imported. */
export class Types {
  package = '';
  readonly imports = new Map<string, string>();
  readonly staticImports = new Map<string, { module: string; name: string }>();
  readonly #packages: string[] = [];
  readonly staticPackages: string[] = [];
  /** Types that are imported because they are used, by their variable names. */
  readonly used = new Map<string, { module: string; name: string }>();
  readonly types = new Map<string, string>();

  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
  ) {}

  import(node: SyntaxNode): void {
    const path = node.children.find(({ type }) => type === 'scoped_identifier' || type === 'identifier');
    if (!path) return;
    const name = this.file.text(path).replace(/\s+/g, '');
    const isAll = node.children.some(({ type }) => type === 'asterisk');
    const last = name.slice(name.lastIndexOf('.') + 1);
    if (/^import\s+static\b/.test(this.file.text(node))) {
      if (isAll) this.staticPackages.push(name);
      else this.staticImports.set(last, { module: name.slice(0, Math.max(0, name.lastIndexOf('.'))), name: last });
    } else if (isAll) this.#packages.push(name);
    else if (!/^import\s+module\b/.test(this.file.text(node))) this.imports.set(last, name);
  }

  simple(node: SyntaxNode | undefined): string | undefined {
    if (!node) return undefined;
    if (node.type === 'annotated_type') return this.simple(node.children.at(-1));
    return /^([\w$.]+)\s*(?:<[\s\S]*>)?$/.exec(this.file.text(node))?.[1]?.split('.').at(-1);
  }

  /** A declared type in the IR's form; undefined if it says nothing. */
  typeName(node: SyntaxNode | undefined): string | undefined {
    if (!node) return undefined;
    switch (node.type) {
      case 'annotated_type':
        return this.typeName(node.children.at(-1));
      case 'integral_type':
      case 'floating_point_type':
      case 'boolean_type':
        return this.file.text(node) === 'char' ? undefined : 'number';
      case 'array_type':
        return undefined;
      case 'generic_type': {
        const [base] = node.children;
        const text = this.file.text(node);
        const name = base && this.file.text(base).split('.').at(-1);
        if (name === undefined || !base) return undefined;
        // Its contents matter, if the methods that access them keep the name.
        const inner = wrappers.test(name)
          ? /<\s*(?:\?\s*extends\s+)?([\w$.]+)(?:<.*>)?\s*>$/s.exec(text)?.[1]
          : undefined;
        return inner === undefined ? this.typeName(base) : undefined;
      }
      case 'type_identifier':
      case 'scoped_type_identifier':
      case 'identifier':
      case 'scoped_identifier': {
        const text = this.file.text(node).replace(/\s+|@\w+/g, '');
        if (uninformative.test(text) || /^[A-Z]$/.test(text)) return undefined;
        if (numbers.test(text.replace(/^java\.(?:\w+\.)+/, ''))) return 'number';
        const type = this.qualified(text, rangeOf(node));
        return dotted(type);
      }
      default:
        return undefined;
    }
  }

  typeExpression(node: SyntaxNode): Expression {
    if (node.type === 'generic_type' && node.children[0]) return this.typeExpression(node.children[0]);
    if (node.type === 'annotated_type' && node.children.length > 0)
      return this.typeExpression(node.children.at(-1) ?? node);
    return this.qualified(this.file.text(node).replace(/\s+|@\w+\b|<[\s\S]*>/g, ''), rangeOf(node));
  }

  /** A type by its written name: `Map.Entry`, `java.util.List`. */
  qualified(text: string, at: Range): Expression {
    const parts = text.split('.');
    const start = parts.findIndex((one) => /^[A-Z]/.test(one));
    if (start <= 0) {
      const [first = '', ...rest] = parts;
      return rest.reduce<Expression>((object, one) => member(object, one, at), this.type(first, at));
    }
    const path = parts.slice(0, start + 1).join('.');
    const local = path.replaceAll('.', '$');
    this.used.set(local, { module: candidates(path, [path]), name: 'default' });
    return parts.slice(start + 1).reduce<Expression>((object, one) => member(object, one, at), nameAt(local, at));
  }

  /** The variable of a type, by its simple name: from this file, imported, from the package, or from a wildcard import. */
  type(name: string, at: Range = { from: 0, to: 0 }): Name {
    for (let index = this.context.classes.length - 1; index >= 0; index--) {
      const own = this.context.classes[index]?.types.get(name);
      if (own !== undefined) return nameAt(own, at);
    }
    if (this.context.scopes.find(name)) return nameAt(name, at);
    const top = this.types.get(name);
    if (top !== undefined) return nameAt(top, at);
    if (!this.used.has(name)) {
      const imported = this.imports.get(name);
      const paths =
        imported !== undefined
          ? [imported]
          : [...(this.package === '' ? [] : [this.package]), ...this.#packages].map((one) => `${one}.${name}`);
      if (imported === undefined && this.package === '') paths.unshift(name);
      this.used.set(name, {
        module: candidates(imported ?? name, paths),
        name: imported !== undefined && /\.[A-Z]\w*\.[A-Z]\w*$/.test(imported) ? name : 'default',
      });
    }
    return nameAt(name, at);
  }

  static(module: string, name: string, at: Range): Expression {
    const type = this.qualified(module, at);
    return member(type, name, at);
  }
}
