import type { ClassField, Expression, Field, Method, Name, Range, Statement } from '../../ir/ir';
import { functionOf, literal, nameAt, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import type { Functions } from './functions';
import type { Host } from './host';
import type { References } from './references';
import { specifierOf } from './resolve';

/** Lowers classes. */
export class Classes {
  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly references: References,
    private readonly functions: Functions,
    private readonly host: Host,
  ) {}

  classValue(node: SyntaxNode, name: string): Expression {
    const at = rangeOf(node);
    const list = childOf(node, 'body') ?? node.children.find(({ type }) => type === 'declaration_list');
    const members = [...(list?.children ?? [])];
    const traits = members
      .filter(({ type }) => type === 'use_declaration')
      .flatMap(({ children }) => children.filter(({ type }) => type === 'name' || type === 'qualified_name'));
    // A trait's methods belong to the class; those of a trait in another file are treated as inherited.
    const elsewhere: SyntaxNode[] = [];
    for (const one of traits) {
      const trait = this.references.traits.get(this.references.classNamed(this.file.text(one)));
      const body = trait && trait !== node ? childOf(trait, 'body') : undefined;
      if (body) members.push(...body.children);
      else elsewhere.push(one);
    }
    const base = node.children.find(({ type }) => type === 'base_clause')?.children[0] ?? elsewhere[0];
    return this.context.inClass({ name, own: this.#ownOf(node, members) }, () => {
      const superclass = base && this.references.classReference(this.file.text(base), rangeOf(base));
      const isController =
        /Controller$/.test(name) || (superclass !== undefined && /(?:Controller|CI_Controller)$/.test(superclass.name));
      const methods: Method[] = [];
      const fields: ClassField[] = [];
      let end = list?.from ?? node.from;
      for (const entry of members) {
        if (entry.type === 'method_declaration') methods.push(this.#method(entry, isController, end));
        else if (entry.type === 'property_declaration') this.#property(entry, this.file.text(node), fields, methods);
        else if (entry.type === 'const_declaration')
          for (const one of entry.children) {
            const [key, value] = one.type === 'const_element' ? one.children : [];
            if (key && value)
              fields.push({ name: this.file.text(key), value: this.host.expression(value), isStatic: true });
          }
        else if (entry.type === 'enum_case') {
          const value = childOf(entry, 'value');
          const key = this.file.nameOf(entry);
          const caseFields: Field[] = [
            { key: 'name', value: literal(key, entry) },
            ...(value ? [{ key: 'value', value: this.host.expression(value) }] : []),
          ];
          fields.push({ name: key, value: { kind: 'object', fields: caseFields, ...rangeOf(entry) }, isStatic: true });
        }
        end = entry.to;
      }
      if (node.type === 'enum_declaration')
        for (const one of ['from', 'tryFrom']) methods.push(this.#enumMethod(one, at));
      const attributes = childOf(node, 'attributes');
      return {
        kind: 'class',
        name,
        ...(superclass && { superclass }),
        methods,
        fields,
        decorators: attributes ? this.functions.attributes(attributes) : [],
        ...at,
      };
    });
  }

  /** The names of a class's properties. */
  #ownOf(node: SyntaxNode, members: readonly SyntaxNode[]): Set<string> {
    const own = new Set<string>();
    for (const entry of members) {
      if (entry.type === 'property_declaration')
        for (const one of entry.children) if (one.type === 'property_element') own.add(this.file.nameOf(one).slice(1));
      if (entry.type === 'method_declaration')
        for (const one of childOf(entry, 'parameters')?.children ?? [])
          if (one.type === 'property_promotion_parameter') own.add(this.file.nameOf(one).slice(1));
    }
    for (const [, assigned] of this.file.text(node).matchAll(/\$this->(\w+)\s*=[^=>]/g))
      if (assigned !== undefined) own.add(assigned);
    return own;
  }

  /** `from` of an enum returns one of its cases, whatever it gets. */
  #enumMethod(name: string, at: Range): Method {
    const parameter: Name = nameAt('$value', at);
    const body: Statement[] = [{ kind: 'return', value: this.references.call('intval', [parameter], at), ...at }];
    return { name, isStatic: true, role: 'method', value: functionOf(name, [{ pattern: parameter }], body, at) };
  }

  /** @param end of the preceding node, after which its documentation starts */
  #method(node: SyntaxNode, isController: boolean, end: number): Method {
    const written = this.file.nameOf(node);
    const name = written.toLowerCase() === '__construct' ? 'constructor' : written;
    const isStatic = node.children.some(({ type }) => type === 'static_modifier');
    const isPublic = !node.children.some(
      (one) => one.type === 'visibility_modifier' && this.file.text(one) !== 'public',
    );
    const attributes = childOf(node, 'attributes');
    const decorators = attributes ? this.functions.attributes(attributes) : [];
    const at = rangeOf(node);
    const comment = end < node.from ? this.file.source.slice(end, node.from) : '';
    if (/@(?:\w+\\)?(?:Route|Get|Post|Put|Patch|Delete)\(/.test(comment))
      decorators.push(this.references.classReference('\\Symfony\\Component\\Routing\\Annotation\\Route', at));
    else if (isController && isPublic && !isStatic && !name.startsWith('_') && name !== 'constructor')
      decorators.push(this.references.classReference('\\ControllerAction', at));
    const value = this.functions.functionValue(node, written, decorators, false);
    return { name, value, isStatic, role: 'method' };
  }

  #property(node: SyntaxNode, classText: string, fields: ClassField[], methods: Method[]): void {
    const isStatic = node.children.some(({ type }) => type === 'static_modifier');
    const type = this.references.typeOf(childOf(node, 'type'));
    for (const one of node.children) {
      if (one.type === 'property_hook_list') {
        const name = fields.at(-1)?.name;
        const getter = one.children.find((hook) => hook.children[0] && this.file.text(hook.children[0]) === 'get');
        const body = getter && childOf(getter, 'body');
        if (name === undefined || !body) continue;
        fields.pop();
        const isBlock = body.type === 'compound_statement';
        const statements: Statement[] = isBlock
          ? this.host.body(body.children)
          : [{ kind: 'return', value: this.host.expression(body), ...rangeOf(body) }];
        methods.push({ name, isStatic, role: 'getter', value: functionOf(name, [], statements, rangeOf(one)) });
      }
      if (one.type !== 'property_element') continue;
      const name = this.file.nameOf(one).slice(1);
      const initial = childOf(one, 'default_value');
      // Values that are set later, or elsewhere, are unknown.
      const isChanged = new RegExp(
        String.raw`(?:->|::\$)${name}\s*(?:\[[^\]]*\]\s*)*(?:[.+?-]{0,2}=[^=>]|\+\+)|(?:->|::\$)${name}\[\]`,
      ).test(classText);
      const at = rangeOf(one);
      const isList = initial?.type === 'array_creation_expression' || this.file.textOf(node, 'type') === 'array';
      const value: Expression =
        initial && initial.type !== 'null' && !isChanged
          ? this.host.expression(initial)
          : isList
            ? {
                kind: 'object',
                fields: [
                  { value: initial ? this.host.expression(initial) : opaque([], at) },
                  { value: opaque([], at) },
                ],
                ...at,
              }
            : opaque([], at);
      fields.push({ name, value, ...(type !== undefined && { type }), isStatic });
    }
  }

  declaration(node: SyntaxNode): Statement[] {
    const name = childOf(node, 'name');
    if (!name) return [];
    const at = rangeOf(node);
    const full = this.references.qualified(this.file.text(name));
    const isFunction = node.type === 'function_definition';
    const local = isFunction ? full.toLowerCase() : `\\${full}`;
    const value: Expression = isFunction
      ? this.functions.functionValue(node, this.file.text(name), [], false)
      : this.classValue(node, full);
    const target: Name = nameAt(local, name);
    const exported = specifierOf(isFunction ? 'function' : 'class', [full]).toLowerCase();
    const declares: Statement = { kind: 'declare', target, value, scope: 'function', ...at };
    if (!this.context.function.isFile) return [declares];
    return [declares, { kind: 'export', name: exported, value: target, ...at }];
  }
}
