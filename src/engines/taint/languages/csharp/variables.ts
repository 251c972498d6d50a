import type { Expression, Name, Parameter, Pattern, Range } from '../../ir/ir';
import { member, nameAt, opaque, rangeOf, typed } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Context } from './context';
import type { CSharpFile } from './file';
import type { Host } from './host';
import { controlNamed, inherited, inputs, namespaces, textBuilder } from './names';
import type { FileTypes } from './fileTypes';
import type { DeclaredTypes } from './resolve';
import type { Types } from './types';

/** Resolves names in expressions, and assignment targets. */
export class Variables {
  constructor(
    private readonly file: CSharpFile,
    private readonly declared: DeclaredTypes,
    private readonly context: Context,
    private readonly fileTypes: FileTypes,
    private readonly types: Types,
    private readonly host: Host,
  ) {}

  identifier(name: string, at: Range, isQualifying = false): Expression {
    if (this.context.scopes.find(name)) return nameAt(name, at);
    const own = this.context.classes.at(-1);
    const alias = own?.aliases.get(name);
    if (alias !== undefined) return member(this.context.this(at), alias, at);
    const owner = this.context.around(({ fields }) => fields.has(name));
    const field = owner?.fields.get(name);
    // `Color Color`: a property with the same name as its type.
    if (owner && field) return member(field.isStatic ? nameAt(owner.local, at) : this.context.this(at), name, at);
    const holder = this.context.around(({ methods }) => methods.has(name));
    if (holder)
      return member(holder.methods.get(name) === true ? nameAt(holder.local, at) : this.context.this(at), name, at);
    const parent = this.context.parent;
    const control = parent && this.#controlOf(name, parent);
    if (control !== undefined)
      return typed(member(this.context.this(at), name, at), this.types.qualifiedType(control), at);
    if (!/^[A-Z]/.test(name)) return parent ? member(this.context.this(at), name, at) : nameAt(name, at);
    if (this.fileTypes.types.has(name) || this.types.aliases.has(name)) return this.types.type(name, at);
    if (parent && inherited.has(name) && !(isQualifying && name === 'Database'))
      return member(this.context.this(at), name, at);
    if (this.declared.kindOf(this.types.fullNames(name)) !== undefined) return this.types.type(name, at);
    const isInherited = parent && this.declared.hasMember(this.types.fullNames(this.file.simple(parent) ?? ''), name);
    const isInPart =
      own && /\bpartial\b/.test(this.file.modifiers(own.node)) && this.declared.hasMember([own.full], name);
    if (isInherited === true || isInPart === true) return member(this.context.this(at), name, at);
    const [type] = this.types.staticUsings;
    if (type !== undefined && !isQualifying && !parent) return member(this.types.qualified(type, at), name, at);
    return this.types.type(name, at);
  }

  /** A control that is only declared in a page's markup, recognized by naming convention. */
  #controlOf(name: string, parent: SyntaxNode): string | undefined {
    if (!/(?:Page|UserControl|MasterPage|Form)$/.test(this.file.simple(parent) ?? '')) return undefined;
    if (!/\bSystem\.Web\b/.test(this.file.source)) return undefined;
    return controlNamed(name);
  }

  /** The static type of an expression, if it is a variable or field of this file. */
  typeOf(node: SyntaxNode | undefined): string | undefined {
    if (!node) return undefined;
    switch (node.type) {
      case 'parenthesized_expression':
        return this.typeOf(node.children[0]);
      case 'identifier': {
        const name = this.file.text(node);
        const local = this.context.scopes.find(name);
        if (local) return local.type;
        return this.context.around(({ fields }) => fields.has(name))?.fields.get(name)?.type;
      }
      case 'member_access_expression': {
        const [object, name] = [childOf(node, 'expression'), childOf(node, 'name')];
        return object && this.file.text(object) === 'this' && name
          ? this.context.classes.at(-1)?.fields.get(this.file.text(name))?.type
          : undefined;
      }
      case 'object_creation_expression':
      case 'cast_expression':
        return this.file.simple(childOf(node, 'type'));
      case 'await_expression':
        return this.typeOf(node.children[0]);
      case 'invocation_expression': {
        const { object, name } = this.calleeOf(childOf(node, 'function'));
        const type = object && this.typeOf(object);
        return type !== undefined && textBuilder.test(type) && /^(?:Append\w*|Insert)$/.test(name) ? type : undefined;
      }
      default:
        return undefined;
    }
  }

  /** Whether it is what a user types or selects in a page. */
  isInput(node: SyntaxNode): boolean {
    const [object, name] = [childOf(node, 'expression'), childOf(node, 'name')];
    if (!object || !name || !/^(?:Text|Value|SelectedValue)$/.test(this.file.text(name))) return false;
    const type = this.typeOf(object) ?? controlNamed(this.file.text(object)) ?? '';
    return inputs.test(type) && /\bSystem\.Web\b/.test(this.file.source);
  }

  /** Whether it is a stream rather than a path, for functions that take both. */
  isStream(node: SyntaxNode): boolean {
    const type = this.typeOf(node);
    if (type !== undefined && type !== 'var') return type !== 'string' && type !== 'String';
    return /stream|body|pipe|socket|buffer|reader|\bOpen\w*\(|Response\b|\.Content\b|\bms\b/i.test(
      this.file.text(node),
    );
  }

  /** `System.IO.File`, where only a namespace or type can be meant. */
  asType(node: SyntaxNode): Expression | undefined {
    const text = this.file
      .text(node)
      .replaceAll(/\s+/g, '')
      .replace(/^global::/, '');
    if (!/^[A-Z]\w*(?:\.\w+)+$/.test(text)) return undefined;
    const [first = ''] = text.split('.');
    if (
      this.context.scopes.find(first) ||
      this.context.around(({ fields }) => fields.has(first)) ||
      this.fileTypes.types.has(first)
    )
      return undefined;
    const [space] = namespaces.exec(text) ?? [];
    if (space !== undefined) {
      const rest = text.slice(space.length).split('.');
      // A namespace, or a member of the type.
      if (rest.length !== 1 || rest[0] === '') return undefined;
      return nameAt(this.types.qualifiedType(text), rangeOf(node));
    }
    if (!this.declared.hasNamespace(first) && !this.types.namespaces.some((one) => one.split('.').includes(first)))
      return undefined;
    return this.declared.kindOf(this.types.fullNames(text)) === undefined
      ? undefined
      : nameAt(this.types.qualifiedType(text), rangeOf(node));
  }

  /** The called function: a member of an object, or a name. */
  calleeOf(node: SyntaxNode | undefined): { object?: SyntaxNode; name: string; isBound?: boolean } {
    if (!node) return { name: '' };
    switch (node.type) {
      case 'member_access_expression': {
        const [object, name] = [childOf(node, 'expression'), childOf(node, 'name')];
        return { ...(object && { object }), name: name ? (this.file.simple(name) ?? '') : '' };
      }
      case 'conditional_access_expression': {
        const condition = childOf(node, 'condition');
        const rest = node.children.find((one) => one !== condition && one.isNamed);
        const name = rest?.type === 'member_binding_expression' ? childOf(rest, 'name') : undefined;
        return condition && name ? { object: condition, name: this.file.simple(name) ?? '' } : { name: '' };
      }
      case 'member_binding_expression': {
        const name = childOf(node, 'name');
        return { name: name ? (this.file.simple(name) ?? '') : '', isBound: true };
      }
      case 'identifier':
      case 'generic_name':
        return { name: (this.file.simple(node) ?? '').replace(/^@/, '') };
      default:
        return { name: '' };
    }
  }

  /** `object.` of a member. */
  receiver(node: SyntaxNode): Expression {
    if (node.type === 'identifier' || node.type === 'generic_name')
      return this.identifier((this.file.simple(node) ?? '').replace(/^@/, ''), rangeOf(node), true);
    return this.host.expression(node);
  }

  /** A variable that an expression declares. */
  introduced(name: string, at: Range, type: SyntaxNode | undefined): Name {
    this.context.declareLocal(name, this.file.simple(type));
    const target = nameAt(name, at);
    this.context.pending.add({ kind: 'declare', target, scope: 'block', ...at });
    return target;
  }

  /** The variables of `(a, b)`. */
  designation(node: SyntaxNode): Pattern {
    const at = rangeOf(node);
    switch (node.type) {
      case 'tuple_pattern':
      case 'tuple_expression':
      case 'parenthesized_variable_designation':
        return {
          kind: 'listPattern',
          items: node.children
            .filter(({ isNamed }) => isNamed)
            .map((one) => (one.type === 'discard' ? undefined : { target: this.designation(one) })),
          ...at,
        };
      case 'argument':
        return node.children[0] ? this.designation(node.children.at(-1) ?? node) : opaque([], at);
      case 'declaration_expression': {
        const name = childOf(node, 'name');
        if (!name) return opaque([], at);
        if (name.type !== 'identifier') return this.designation(name);
        return this.introduced(this.file.text(name), rangeOf(name), childOf(node, 'type'));
      }
      case 'identifier': {
        const name = this.file.text(node);
        if (name === '_') return opaque([], at);
        if (node.field === 'name' || !this.context.scopes.find(name)) this.context.declareLocal(name, undefined);
        return nameAt(name, at);
      }
      case 'discard':
        return opaque([], at);
      default: {
        const value = this.host.expression(node);
        return value.kind === 'name' || value.kind === 'member' || value.kind === 'index' ? value : opaque([value], at);
      }
    }
  }

  target(node: SyntaxNode | undefined): Pattern {
    if (!node) return opaque([], { from: 0, to: 0 });
    if (node.type === 'tuple_expression') return this.designation(node);
    if (node.type === 'identifier' && this.file.text(node) === '_' && !this.context.scopes.find('_'))
      return opaque([], rangeOf(node));
    const value = this.host.expression(node);
    if (value.kind === 'name' || value.kind === 'member' || value.kind === 'index') return value;
    // `Request["a"] = b`.
    if (
      value.kind === 'call' &&
      value.callee.kind === 'member' &&
      value.callee.property === 'get_Item' &&
      value.args[0]
    )
      return { kind: 'index', object: value.callee.object, index: value.args[0].value, ...rangeOf(node) };
    return opaque([value], rangeOf(node));
  }

  inferred(node: SyntaxNode): Parameter {
    this.context.declareLocal(this.file.text(node), undefined);
    return { pattern: nameAt(this.file.text(node), rangeOf(node)) };
  }
}
