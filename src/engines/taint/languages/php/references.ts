import type { Expression, Name, Range } from '../../ir/ir';
import { call, nameAt, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import { specifierOf, type DeclaredKind } from './resolve';
import { classTypes } from './syntax';

/** Resolves names to classes and functions, from the file or imported. */
export class References {
  namespace = '';
  readonly #classAliases = new Map<string, string>();
  readonly #functionAliases = new Map<string, string>();
  readonly declared = new Set<string>();
  readonly imports = new Map<string, string>();
  readonly traits = new Map<string, SyntaxNode>();

  constructor(private readonly file: SourceFile) {}

  /** The file's functions and classes, including those that are only declared if they do not exist yet. */
  collect(nodes: readonly SyntaxNode[], found: { node: SyntaxNode; namespace: string }[]): void {
    for (const node of nodes)
      if (node.type === 'namespace_definition') {
        const name = childOf(node, 'name');
        this.namespace = name ? this.file.text(name) : '';
        const body = childOf(node, 'body');
        if (body) this.collect(body.children, found);
      } else if (node.type === 'namespace_use_declaration') this.#use(node);
      else if (node.type === 'function_definition' || (classTypes.has(node.type) && node.type !== 'anonymous_class')) {
        const name = childOf(node, 'name');
        if (!name) continue;
        const own = this.qualified(this.file.text(name));
        this.declared.add(node.type === 'function_definition' ? own.toLowerCase() : `\\${own}`);
        if (node.type === 'trait_declaration') this.traits.set(own, node);
        found.push({ node, namespace: this.namespace });
      } else if (/^(?:if_statement|else_clause|else_if_clause|compound_statement|colon_block|ERROR)$/.test(node.type))
        this.collect(node.children, found);
  }

  #use(node: SyntaxNode): void {
    const group = childOf(node, 'body');
    const prefix = group
      ? `${this.file.text(node.children.find(({ type }) => type === 'namespace_name') ?? node)}\\`
      : '';
    const isFunction = /^use\s+function\b/i.test(this.file.text(node));
    for (const clause of (group ?? node).children) {
      if (clause.type !== 'namespace_use_clause') continue;
      const name = clause.children.find(({ field, type }) => field !== 'alias' && /name$/.test(type));
      if (!name) continue;
      const full = prefix + this.file.text(name).replace(/^\\/, '');
      const alias = childOf(clause, 'alias');
      const local = alias ? this.file.text(alias) : (full.split('\\').at(-1) ?? full);
      const kind = childOf(clause, 'type');
      if (isFunction || (kind && this.file.text(kind).toLowerCase() === 'function'))
        this.#functionAliases.set(local.toLowerCase(), full);
      else if (!kind) this.#classAliases.set(local.toLowerCase(), full);
    }
  }

  qualified(name: string): string {
    return this.namespace === '' ? name : `${this.namespace}\\${name}`;
  }

  /** The full name of a class, given as written. */
  classNamed(text: string): string {
    if (text.startsWith('\\')) return text.slice(1);
    if (/^namespace\\/i.test(text)) return this.qualified(text.slice(10));
    const [first = '', ...rest] = text.split('\\');
    const alias = this.#classAliases.get(first.toLowerCase());
    return alias === undefined ? this.qualified(text) : [alias, ...rest].join('\\');
  }

  /** The name of a class, which is imported unless the file declares it. */
  classReference(text: string, at: Range): Name {
    const full = this.classNamed(text);
    const local = `\\${full}`;
    // Without a namespace, it may be one of PHP's own classes.
    if (!this.declared.has(local)) this.#import(local, 'class', [full]);
    return nameAt(local, at);
  }

  functionReference(text: string, at: Range): Name {
    const name = text.toLowerCase();
    if (name.startsWith('\\')) return this.#functionAt([name.slice(1)], at);
    if (name.startsWith('namespace\\')) return this.#functionAt([this.qualified(name.slice(10)).toLowerCase()], at);
    const alias = this.#functionAliases.get(name);
    if (alias !== undefined) return this.#functionAt([alias.toLowerCase()], at);
    if (name.includes('\\')) return this.#functionAt([this.classNamed(name).toLowerCase()], at);
    const own = this.qualified(name).toLowerCase();
    return this.#functionAt(own === name ? [name] : [own, name], at);
  }

  #functionAt(names: readonly string[], at: Range): Name {
    const declared = names.find((one) => this.declared.has(one));
    const local = declared ?? names.at(-1) ?? '';
    if (declared === undefined) this.#import(local, 'function', names);
    return nameAt(local, at);
  }

  #import(local: string, kind: DeclaredKind, names: readonly string[]): void {
    if (!this.imports.has(local)) this.imports.set(local, specifierOf(kind, names));
  }

  typed(type: string, at: Range): Expression {
    return { kind: 'typed', value: opaque([], at), type: this.classReference(`\\${type}`, at).name, ...at };
  }

  typeOf(node: SyntaxNode | undefined): string | undefined {
    if (!node) return undefined;
    const names = this.file
      .text(node)
      .replace(/[?()\s]/g, '')
      .split(/[|&]/)
      .filter((one) => !/^(?:null|void|never)$/i.test(one));
    if (names.length > 0 && names.every((one) => /^(?:int|float|bool|false|true)$/i.test(one))) return 'number';
    const [name] = names.filter(
      (one) => !/^(?:int|float|bool|false|true|string|array|mixed|iterable|callable|object|self|static)$/i.test(one),
    );
    return name === undefined || names.some((one) => /^(?:string|array|mixed|iterable)$/i.test(one))
      ? undefined
      : this.classReference(name, rangeOf(node)).name;
  }

  call(name: string, args: readonly Expression[], at: Range): Expression {
    const callee = name === 'include' ? nameAt(name, at) : this.functionReference(`\\${name}`, at);
    return call(
      callee,
      args.map((value) => ({ value })),
      at,
    );
  }
}
