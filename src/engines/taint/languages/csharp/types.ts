import type { Expression, Name, Range } from '../../ir/ir';
import { dotted, member, nameAt, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Context } from './context';
import type { CSharpFile } from './file';
import { collections, maps, numbers, uninformative, wrappers } from './names';
import type { FileTypes } from './fileTypes';
import { candidates, type DeclaredTypes } from './resolve';
import { predefined } from './syntax';

/** Resolves names to types, from the file or imported. */
export class Types {
  namespaces: string[] = [];
  readonly usings: string[] = [];
  readonly staticUsings: string[] = [];
  readonly aliases = new Map<string, string>();
  /** Types that are imported because they are used, by their variable names. */
  readonly used = new Map<string, string>();
  readonly #fullNamesOf = new Map<string, readonly string[]>();

  constructor(
    private readonly file: CSharpFile,
    private readonly declared: DeclaredTypes,
    private readonly context: Context,
    private readonly fileTypes: FileTypes,
  ) {}

  using(node: SyntaxNode): void {
    const alias = childOf(node, 'name');
    const target = node.children.find(({ field, isNamed }) => isNamed && field === undefined);
    if (!target) return;
    const name = this.file.text(target).replaceAll(/\s+|<[\s\S]*>/g, '');
    if (alias) this.aliases.set(this.file.text(alias), name);
    else if (/^(?:global\s+)?using\s+(?:unsafe\s+)?static\b/.test(this.file.text(node))) this.staticUsings.push(name);
    else this.usings.push(name);
  }

  /** A declared type in the IR's form; undefined if it says nothing. */
  typeName(node: SyntaxNode | undefined): string | undefined {
    if (!node) return undefined;
    switch (node.type) {
      case 'nullable_type':
      case 'scoped_type':
      case 'ref_type':
        return this.typeName(node.children.at(-1));
      case 'predefined_type': {
        const text = this.file.text(node);
        return /^(?:string|object|char|void|dynamic|byte\[\])$/.test(text) ? undefined : 'number';
      }
      case 'generic_name': {
        const name = this.file.simple(node) ?? '';
        if (wrappers.test(name)) {
          const list = node.children.find(({ type }) => type === 'type_argument_list');
          return this.typeName(list?.children[0]);
        }
        if (collections.test(name) || maps.test(name) || /^(?:Func|Action|Expression|Predicate)$/.test(name))
          return undefined;
        return this.typeName(node.children[0]);
      }
      case 'identifier':
      case 'qualified_name':
      case 'alias_qualified_name': {
        const name = this.file.simple(node) ?? '';
        if (uninformative.test(name) || /^T(?:[A-Z]\w*)?$/.test(name)) return undefined;
        if (numbers.test(name)) return 'number';
        const type = this.typeExpression(node);
        if (type.kind === 'name' && this.fileTypes.enums.has(type.name)) return 'number';
        if (!this.fileTypes.types.has(name) && this.declared.kindOf(this.fullNames(name)) === 'enum') return 'number';
        return dotted(type);
      }
      default:
        return undefined;
    }
  }

  /** Whether it is a list of numbers other than bytes. */
  isOfNumbers(node: SyntaxNode | undefined): boolean {
    if (node?.type === 'nullable_type') return this.isOfNumbers(node.children[0]);
    const item =
      node?.type === 'array_type'
        ? node.children[0]
        : node?.type === 'generic_name' && collections.test(this.file.simple(node) ?? '')
          ? node.children.find(({ type }) => type === 'type_argument_list')?.children[0]
          : undefined;
    return item !== undefined && !/byte$/i.test(this.file.text(item)) && this.typeName(item) === 'number';
  }

  /** The base class of a class. An unknown one that is named like a framework's, such as `…Controller`, counts as that. */
  superclass(node: SyntaxNode): Expression {
    const at = rangeOf(node);
    const name = this.file.simple(node) ?? '';
    if (this.fileTypes.types.has(name) || this.declared.kindOf(this.fullNames(name)) !== undefined)
      return this.typeExpression(node);
    const [, known] =
      /(ApiController|ODataController|Controller|ControllerBase|PageModel|DbContext|ViewComponent|TagHelper|Hub)$/.exec(
        name,
      ) ?? [];
    return known !== undefined ? this.type(known, at) : this.typeExpression(node);
  }

  typeExpression(node: SyntaxNode): Expression {
    switch (node.type) {
      case 'nullable_type':
      case 'array_type':
      case 'primary_constructor_base_type':
        return node.children[0] ? this.typeExpression(node.children[0]) : opaque([], rangeOf(node));
      case 'generic_name':
        return this.type(this.file.simple(node) ?? '', rangeOf(node));
      case 'predefined_type':
        return this.type(predefined[this.file.text(node)] ?? 'Object', rangeOf(node));
      default:
        return this.qualified(
          this.file
            .text(node)
            .replaceAll(/\s+|<[\s\S]*?>/g, '')
            .replace(/^global::/, ''),
          rangeOf(node),
        );
    }
  }

  /** A type by its written name: `Outer.Inner`, `System.IO.File`. */
  qualified(text: string, at: Range): Expression {
    const parts = text.split('.');
    const [first = ''] = parts;
    if (parts.length === 1) return this.type(first, at);
    if (this.fileTypes.types.has(first)) {
      const [, ...rest] = parts;
      return rest.reduce<Expression>((object, one) => member(object, one, at), this.type(first, at));
    }
    const name = parts.at(-1) ?? text;
    return nameAt(this.qualifiedType(this.aliases.get(text) ?? text, name), at);
  }

  /** The variable of a type, by its full name. */
  qualifiedType(full: string, simple = full.split('.').at(-1) ?? full): string {
    const local = full.replaceAll('.', '$$');
    if (!this.used.has(local)) this.used.set(local, candidates(simple, [full, ...this.fullNames(full)]));
    return local;
  }

  /** The full names that a type name in this file may stand for. */
  fullNames(name: string): readonly string[] {
    const known = this.#fullNamesOf.get(name);
    if (known) return known;
    const names: string[] = [];
    for (const space of this.namespaces)
      for (let end = space.length; end > 0; end = space.lastIndexOf('.', end - 1))
        names.push(`${space.slice(0, end)}.${name}`);
    names.push(name);
    for (const using of this.usings) names.push(`${using}.${name}`);
    const all = [...new Set(names)];
    this.#fullNamesOf.set(name, all);
    return all;
  }

  /** The variable of a type, by its simple name: from this file, or from an enclosing or imported namespace. */
  type(name: string, at: Range): Name {
    for (let index = this.context.classes.length - 1; index >= 0; index--) {
      const own = this.context.classes[index]?.types.get(name);
      if (own !== undefined) return nameAt(own, at);
    }
    const top = this.fileTypes.types.get(name);
    if (top !== undefined) return nameAt(top, at);
    const alias = this.aliases.get(name);
    if (alias !== undefined) return nameAt(this.qualifiedType(alias), at);
    // A variable of the same name hides it.
    const local = this.context.scopes.find(name) ? `${name}$type` : name;
    if (!this.used.has(local)) this.used.set(local, candidates(name, this.fullNames(name)));
    return nameAt(local, at);
  }

  namesOfTuple(node: SyntaxNode | undefined): readonly (string | undefined)[] {
    if (!node) return [];
    if (node.type === 'tuple_type')
      return node.children
        .filter(({ type }) => type === 'tuple_element')
        .map((one) => {
          const name = childOf(one, 'name');
          return name && this.file.text(name);
        });
    if (node.type === 'generic_name' && wrappers.test(this.file.simple(node) ?? ''))
      return this.namesOfTuple(node.children.find(({ type }) => type === 'type_argument_list')?.children[0]);
    return [];
  }

  /** The class with an extension method, from this file or an imported namespace. */
  extensionOf(method: string, at: Range): Name | undefined {
    const own = this.fileTypes.extensions.get(method);
    if (own !== undefined) return nameAt(own, at);
    for (const full of this.declared.extending(method)) {
      const space = full.slice(0, Math.max(0, full.lastIndexOf('.')));
      if (
        space === '' ||
        this.usings.includes(space) ||
        this.namespaces.some((one) => one === space || one.startsWith(`${space}.`))
      )
        return nameAt(this.qualifiedType(full), at);
    }
    return undefined;
  }

  attributes(node: SyntaxNode): Expression[] {
    return node.children
      .filter(({ type }) => type === 'attribute_list')
      .flatMap((list) => list.children.filter(({ type }) => type === 'attribute'))
      .map((one) => this.#attribute(one));
  }

  #attribute(node: SyntaxNode): Expression {
    const name = childOf(node, 'name');
    const at = rangeOf(node);
    const simple = name ? (this.file.simple(name) ?? '').replace(/(?<=.)Attribute$/, '') : '';
    return this.type(simple === '' ? 'Attribute' : simple, at);
  }
}
