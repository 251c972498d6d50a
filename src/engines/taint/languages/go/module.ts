import type { Statement } from '../../ir/ir';
import { nameAt, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Assignments } from './assignments';
import type { Classes } from './classes';
import type { Context } from './context';
import type { Functions } from './functions';
import type { Names } from './names';
import { namesOf, specsOf } from './syntax';
import type { Types } from './types';

/** Lowers a file's top-level declarations and statements. */
export class ModuleBody {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly names: Names,
    private readonly types: Types,
    private readonly assignments: Assignments,
    private readonly functions: Functions,
    private readonly classes: Classes,
  ) {}

  module(root: SyntaxNode): Statement[] {
    const at = rangeOf(root);
    const functions: Statement[] = [];
    const methods: Statement[] = [];
    const variables: Statement[] = [];
    for (const node of root.children) {
      if (node.type === 'import_declaration') this.names.import(node);
      if (node.type === 'function_declaration') this.names.declared.add(this.file.nameOf(node));
      if (node.type === 'type_declaration')
        for (const spec of specsOf(node)) {
          const info = this.types.typeInfo(spec, undefined);
          this.names.declared.add(info.local);
          this.types.infos.set(info.local, info);
        }
      if (node.type === 'var_declaration' || node.type === 'const_declaration')
        for (const spec of specsOf(node))
          for (const name of namesOf(spec)) this.names.declared.add(this.file.text(name));
    }
    this.names.declared.delete('_');
    for (const node of root.children)
      if (node.type === 'method_declaration') {
        const receiver = this.functions.receiver(node);
        const info = this.types.infos.get(receiver.type);
        if (info) info.methods.push(node);
        else if (receiver.type !== '') methods.push(this.functions.attached(node, receiver.type));
      }
    for (const node of root.children)
      if (node.type === 'function_declaration') {
        const value = this.functions.function(node, this.file.nameOf(node));
        const own = rangeOf(childOf(node, 'name') ?? node);
        functions.push({
          kind: 'declare',
          target: { kind: 'name', name: value.name === 'init' ? `init$${this.context.number()}` : value.name, ...own },
          value,
          scope: 'block',
          ...rangeOf(node),
        });
      } else if (node.type === 'var_declaration' || node.type === 'const_declaration')
        variables.push(...this.assignments.declarations(node));
    const classes = [...this.types.infos.values()].map((info) => this.classes.classStatement(info));
    const exports: Statement[] = [];
    const late: Statement[] = [];
    const isHoisted = new Set(
      root.children.filter((one) => one.type === 'function_declaration').map((one) => this.file.nameOf(one)),
    );
    for (const name of this.names.declared) {
      if (name === 'init' || name === 'main') continue;
      const one: Statement = { kind: 'export', name, value: nameAt(name, at), ...at };
      (this.types.infos.has(name) || isHoisted.has(name) ? exports : late).push(one);
    }
    const imports = [...this.names.used].map(([local, { module, name }]): Statement => ({
      kind: 'import',
      module,
      bindings: [{ local, name }],
      ...at,
    }));
    return [...imports, ...functions, ...classes, ...exports, ...methods, ...variables, ...late];
  }
}
