import type { Expression, Statement } from '../../ir/ir';
import { member, nameAt, rangeOf } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Classes } from './classes';
import type { Declared } from './declared';
import type { ClassInfo, Context } from './context';
import type { Functions } from './functions';
import type { Statements } from './statements';
import { isType } from './syntax';
import type { Types } from './types';
import type { Variables } from './variables';

/** Lowers a file's top-level declarations and statements. */
export class ModuleBody {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly types: Types,
    private readonly variables: Variables,
    private readonly declared: Declared,
    private readonly functions: Functions,
    private readonly classes: Classes,
    private readonly statements: Statements,
  ) {}

  module(root: SyntaxNode): Statement[] {
    const at = rangeOf(root);
    const tops: ClassInfo[] = [];
    const others: SyntaxNode[] = [];
    for (const node of root.children)
      if (node.type === 'package_declaration')
        this.types.package = this.file.text(node).replace(/^[^;]*?package\s+|[\s;]/g, '');
      else if (node.type === 'import_declaration') this.types.import(node);
      else if (isType(node)) tops.push(this.declared.collect(node, undefined));
      else others.push(node);
    for (const { node, local } of tops) this.types.types.set(this.file.nameOf(node), local);
    for (const { node } of tops) this.classes.member(node);
    // A file without a class: a `jshell` script, or a compact source file (Java 25).
    const loose: Statement[] = [];
    this.context.scopes.within(() => {
      for (const node of others)
        if (node.type === 'method_declaration')
          loose.push({
            kind: 'declare',
            target: this.variables.named(node),
            value: this.functions.function(node, []),
            scope: 'function',
            ...rangeOf(node),
          });
        else if (node.type === 'field_declaration') loose.push(...this.statements.declarations(node));
        else if (node.type !== 'module_declaration') loose.push(...this.statements.statement(node));
    });
    const classes = this.classes.made.declarations(at);
    const exports: Statement[] = [];
    const primary = tops.find(({ node }) => /\bpublic\b/.test(this.declared.modifiers(node))) ?? tops[0];
    const add = (name: string, value: Expression) => exports.push({ kind: 'export', name, value, ...at });
    for (const info of this.declared.infos.values())
      if (!info.local.includes('$') || !this.types.types.has(this.file.nameOf(info.node)))
        add(this.file.nameOf(info.node) || info.local, nameAt(info.local, at));
    if (primary) add('default', nameAt(primary.local, at));
    const later: Statement[] = [];
    if (primary) {
      const members = [
        ...[...primary.fields].filter(([, { isStatic }]) => isStatic),
        ...[...primary.methods].filter(([, isStatic]) => isStatic),
      ];
      for (const [name] of members)
        later.push({ kind: 'export', name, value: member(nameAt(primary.local, at), name, at), ...at });
    }
    const imports = [...this.types.used].map(([local, { module, name }]): Statement => ({
      kind: 'import',
      module,
      bindings: [{ local, name }],
      ...at,
    }));
    return [...imports, ...classes, ...exports, ...this.classes.statics, ...loose, ...later];
  }
}
