import type { ClassField, ClassValue, Expression, Method } from '../../ir/ir';
import { rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import type { Functions } from './functions';
import type { Host } from './host';
import type { Names } from './names';

/** Lowers classes. */
export class Classes {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
    private readonly names: Names,
    private readonly functions: Functions,
    private readonly host: Host,
  ) {}

  class(node: SyntaxNode, outer: readonly Expression[]): ClassValue {
    const methods: Method[] = [];
    const fields: ClassField[] = [];
    const heritage = node.children.find(({ type }) => type === 'class_heritage');
    const extended = heritage?.children.find(({ type }) => type === 'extends_clause');
    const parent = extended
      ? childOf(extended, 'value')
      : heritage?.children.find(({ type }) => type !== 'implements_clause');
    const own = node.children.filter(({ type }) => type === 'decorator').map((one) => this.children.first(one));
    let decorators: Expression[] = [];
    for (const one of childOf(node, 'body')?.children ?? []) {
      if (one.type === 'decorator') {
        decorators.push(this.children.first(one));
        continue;
      }
      const name = childOf(one, one.type === 'field_definition' ? 'property' : 'name');
      if (name) {
        const head = this.file.source.slice(one.from, name.from);
        const isStatic = /\bstatic\b/.test(head);
        if (one.type === 'method_definition')
          methods.push({
            name: this.names.keyText(name),
            value: this.functions.function(one, false, decorators),
            isStatic,
            role: /\bget\s/.test(head) ? 'getter' : /\bset\s/.test(head) ? 'setter' : 'method',
          });
        else if (one.type === 'public_field_definition' || one.type === 'field_definition') {
          const value = childOf(one, 'value');
          const type = this.names.typeOf(one);
          fields.push({
            name: this.names.keyText(name),
            ...(value && { value: this.functions.namedBy(value, name) }),
            ...(type !== undefined && { type }),
            isStatic,
          });
        }
      }
      decorators = [];
    }
    const name = childOf(node, 'name');
    return {
      kind: 'class',
      name: name ? this.file.text(name) : '',
      ...(parent && { superclass: this.host.expression(parent) }),
      methods,
      fields,
      decorators: [...outer, ...own],
      ...rangeOf(node),
    };
  }
}
