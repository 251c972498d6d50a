import type { Expression, Pattern, Statement } from '../../ir/ir';
import { rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Classes } from './classes';
import type { Expressions } from './expressions';
import type { Host } from './host';
import type { Names } from './names';
import type { Patterns } from './patterns';

/** Lowers imports and exports. */
export class Modules {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly names: Names,
    private readonly patterns: Patterns,
    private readonly classes: Classes,
    private readonly expressions: Expressions,
    private readonly host: Host,
  ) {}

  import(node: SyntaxNode): Statement[] {
    const clause = node.children.find(({ type }) => type === 'import_clause' || type === 'import_require_clause');
    const source = childOf(node, 'source') ?? (clause && childOf(clause, 'source'));
    if (!source) return [];
    const bindings: { local: string; name?: string }[] = [];
    for (const one of clause?.children ?? []) {
      if (one.field === 'source') continue;
      // `import x = require('y')` is the whole module.
      if (one.type === 'identifier')
        bindings.push(
          clause?.type === 'import_clause'
            ? { local: this.file.text(one), name: 'default' }
            : { local: this.file.text(one) },
        );
      else if (one.type === 'namespace_import') bindings.push({ local: this.file.text(one.children[0] ?? one) });
      else if (one.type === 'named_imports')
        for (const specifier of one.children) {
          const name = childOf(specifier, 'name');
          const alias = childOf(specifier, 'alias') ?? name;
          if (name && alias) bindings.push({ local: this.file.text(alias), name: this.names.keyText(name) });
        }
    }
    return [{ kind: 'import', module: this.names.stringText(source), bindings, ...rangeOf(node) }];
  }

  export(node: SyntaxNode): Statement[] {
    const at = rangeOf(node);
    const source = childOf(node, 'source');
    const module = source && this.names.stringText(source);
    const declaration = childOf(node, 'declaration');
    const head = this.file.source.slice(node.from, node.from + 200);
    const isDefault = /^(?:@[\s\S]*?)?export\s+default\b/.test(head);
    const decorators = node.children.filter(({ type }) => type === 'decorator').map((one) => this.children.first(one));
    if (declaration) {
      const statements =
        decorators.length > 0 && /class/.test(declaration.type)
          ? this.#decoratedClass(declaration, decorators)
          : this.host.statement(declaration);
      const names = statements.flatMap((one) => (one.kind === 'declare' ? namesIn(one.target) : []));
      return [
        ...statements,
        ...names.map((name): Statement => ({
          kind: 'export',
          name: isDefault ? 'default' : name,
          value: { kind: 'name', name, ...at },
          ...at,
        })),
      ];
    }
    const value = childOf(node, 'value');
    if (value) return [{ kind: 'export', name: 'default', value: this.expressions.expression(value), ...at }];
    const statements: Statement[] = [];
    let isAll = true;
    for (const one of node.children) {
      if (one.type === 'export_clause') {
        isAll = false;
        for (const specifier of one.children) {
          const name = childOf(specifier, 'name');
          const alias = childOf(specifier, 'alias') ?? name;
          if (!name || !alias) continue;
          const own = this.names.keyText(name);
          if (module === undefined)
            statements.push({
              kind: 'export',
              name: this.names.keyText(alias),
              value: { kind: 'name', name: own, ...rangeOf(name) },
              ...at,
            });
          else
            statements.push({ kind: 'export', name: this.names.keyText(alias), source: { module, name: own }, ...at });
        }
      } else if (one.type === 'namespace_export' && module !== undefined) {
        isAll = false;
        statements.push({ kind: 'export', name: this.file.text(one.children[0] ?? one), source: { module }, ...at });
      } else if (one.type !== 'string' && one.type !== 'decorator' && module === undefined && one.isNamed) {
        // `export = x`.
        isAll = false;
        statements.push({
          kind: 'evaluate',
          value: {
            kind: 'assign',
            target: { kind: 'member', object: { kind: 'name', name: 'module', ...at }, property: 'exports', ...at },
            value: this.expressions.expression(one),
            ...at,
          },
          ...at,
        });
      }
    }
    if (isAll && module !== undefined) statements.push({ kind: 'export', source: { module }, ...at });
    return statements;
  }

  #decoratedClass(node: SyntaxNode, decorators: readonly Expression[]): Statement[] {
    const value = this.classes.class(node, decorators);
    return [
      {
        kind: 'declare',
        target: this.patterns.name(childOf(node, 'name') ?? node),
        value,
        scope: 'block',
        ...rangeOf(node),
      },
    ];
  }
}

function namesIn(pattern: Pattern): string[] {
  switch (pattern.kind) {
    case 'name':
      return [pattern.name];
    case 'objectPattern':
      return [
        ...pattern.fields.flatMap(({ target }) => namesIn(target)),
        ...(pattern.rest ? namesIn(pattern.rest) : []),
      ];
    case 'listPattern':
      return [
        ...pattern.items.flatMap((item) => (item ? namesIn(item.target) : [])),
        ...(pattern.rest ? namesIn(pattern.rest) : []),
      ];
    default:
      return [];
  }
}
