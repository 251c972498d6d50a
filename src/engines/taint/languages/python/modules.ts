import type { Statement } from '../../ir/ir';
import { nameAt, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import { declarations, type Context } from './context';
import type { Host } from './host';

/** Lowers imports, and a file's top-level code. */
export class Modules {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly host: Host,
  ) {}

  module(root: SyntaxNode): Statement[] {
    for (const [, names = ''] of this.file.source.matchAll(/^[ \t]+global[ \t]+([\w, \t]+)/gm))
      for (const name of names.split(',')) this.context.globals.add(name.trim());
    const frame = this.context.frame;
    for (const name of this.context.globals) frame.locals.add(name);
    const body = this.host.body(root.children);
    const at = { from: root.from, to: root.from };
    // A package imports what it re-exports. Other imports are for the module itself: following all of them would mean following all files.
    const exported = this.file.path.endsWith('__init__.py') ? [...frame.locals, ...frame.imported] : [...frame.locals];
    const free = [...this.context.used].filter((name) => !frame.locals.has(name) && !frame.imported.has(name));
    // The last import of a name hides earlier ones.
    const among = this.context.stars.toReversed();
    const [star] = among;
    const stars: Statement[] =
      star === undefined
        ? []
        : [{ kind: 'import', module: star, among, bindings: free.map((name) => ({ local: name, name })), ...at }];
    return [
      ...frame.imports,
      ...stars,
      ...declarations(frame, at),
      ...body,
      ...this.context.stars.map((module): Statement => ({ kind: 'export', source: { module }, ...at })),
      ...exported.map((name): Statement => ({ kind: 'export', name, value: nameAt(name, at), ...at })),
    ];
  }

  import(node: SyntaxNode): void {
    const at = rangeOf(node);
    const { imports, imported } = this.context.frame;
    const bind = (module: string, local: string, name?: string) => {
      // The first one counts: the others are fallbacks for when it is missing.
      if (imported.has(local)) return;
      imported.add(local);
      imports.push({ kind: 'import', module, bindings: [name === undefined ? { local } : { local, name }], ...at });
    };
    const origin = childOf(node, 'module_name');
    const names = node.children.filter(({ field }) => field === 'name');
    if (node.type === 'import_statement')
      for (const one of names) {
        const path = this.file
          .text(one.type === 'aliased_import' ? (childOf(one, 'name') ?? one) : one)
          .replace(/\s/g, '');
        const alias = one.type === 'aliased_import' ? childOf(one, 'alias') : undefined;
        if (alias) bind(path, this.file.text(alias));
        else {
          const [first = path] = path.split('.');
          bind(first, first);
          if (first !== path) {
            this.context.dotted.add(path);
            bind(path, path);
          }
        }
      }
    else if (origin) {
      const module = this.file.text(origin).replace(/\s/g, '');
      if (node.children.some(({ type }) => type === 'wildcard_import')) this.context.stars.push(module);
      for (const one of names) {
        const name = this.file.text(one.type === 'aliased_import' ? (childOf(one, 'name') ?? one) : one);
        const alias = one.type === 'aliased_import' ? childOf(one, 'alias') : undefined;
        bind(module, alias ? this.file.text(alias) : name, name);
      }
    }
  }
}
