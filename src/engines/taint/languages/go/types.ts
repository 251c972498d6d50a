import type { Expression, Range } from '../../ir/ir';
import { literal, nameAt, opaque, rangeOf } from '../../ir/make';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { Context } from './context';
import type { Names } from './names';
import { objectOf } from './syntax';

/** A type that the file declares. */
export interface TypeInfo {
  /** The variable of its class. */
  readonly local: string;
  readonly name: SyntaxNode;
  readonly node: SyntaxNode;
  readonly fields: readonly FieldInfo[];
  readonly methods: SyntaxNode[];
}

interface FieldInfo {
  readonly name: string;
  readonly type: SyntaxNode;
  readonly isEmbedded: boolean;
}

export const numbers =
  /^(?:u?int(?:8|16|32|64)?|uintptr|float(?:32|64)|complex(?:64|128)|bool|byte|rune|time\.(?:Time|Duration|Month|Weekday)|uuid\.UUID|big\.(?:Int|Float)|decimal\.Decimal|primitive\.ObjectID|bson\.ObjectID|net\.IP|netip\.Addr|sql\.Null(?:Int\d+|Bool|Float64|Time)|atomic\.(?:Int|Uint)\d+|atomic\.Bool)$/;

const texts = /^(?:string|error|any|comparable|nil)$/;

/** The types that the file declares or refers to. */
export class Types {
  readonly infos = new Map<string, TypeInfo>();
  /** The types being resolved: a type can refer to itself. */
  readonly #open = new Set<TypeInfo>();

  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly names: Names,
  ) {}

  typeInfo(spec: SyntaxNode, prefix: string | undefined): TypeInfo {
    const node = childOf(spec, 'type') ?? spec;
    const name = childOf(spec, 'name') ?? spec;
    const fields: FieldInfo[] = [];
    if (node.type === 'struct_type')
      for (const list of node.children)
        for (const field of list.children) {
          const type = childOf(field, 'type');
          if (field.type !== 'field_declaration' || !type) continue;
          const names = field.children.filter(({ field: role }) => role === 'name');
          if (names.length === 0) fields.push({ name: this.lastName(type), type, isEmbedded: true });
          for (const one of names) if (one.isNamed) fields.push({ name: this.file.text(one), type, isEmbedded: false });
        }
    return { local: prefix ?? this.file.text(name), name, node, fields, methods: [] };
  }

  infoOf(type: SyntaxNode | undefined): TypeInfo | undefined {
    if (type?.type === 'pointer_type') return this.infoOf(type.children[0]);
    return type?.type === 'type_identifier' ? this.infos.get(this.file.text(type)) : undefined;
  }

  lastName(type: SyntaxNode): string {
    return /(\w+)\s*(?:\[[\s\S]*)?$/.exec(this.file.text(type))?.[1] ?? '';
  }

  /** The variable of a type, or `number` for types that can only be numbers; undefined for types that say nothing. */
  type(node: SyntaxNode | undefined): string | undefined {
    switch (node?.type) {
      case 'identifier':
      case 'type_identifier': {
        const name = this.file.text(node);
        if (this.context.typeParameters.some((names) => names.has(name))) return undefined;
        const local = this.context.scopes.find(name);
        if (local) return local.type;
        const own = this.infos.get(name);
        if (own) return this.ownType(own);
        if (numbers.test(name)) return 'number';
        if (texts.test(name)) return undefined;
        return this.names.global(name, rangeOf(node)).name;
      }
      case 'qualified_type':
      case 'selector_expression': {
        const name = this.file.text(node).replace(/\s+/g, '');
        if (numbers.test(name)) return 'number';
        const [pack = '', type = ''] = name.split('.');
        const path = this.names.imports.get(pack);
        return path === undefined ? undefined : this.names.imported(path, type, rangeOf(node), `${pack}$${type}`).name;
      }
      case 'pointer_type':
      case 'parenthesized_type':
      case 'type_elem':
        return this.type(node.children[0]);
      case 'generic_type':
        return this.type(childOf(node, 'type'));
      default:
        return undefined;
    }
  }

  ownType(info: TypeInfo): string | undefined {
    const { node, local, methods } = info;
    if (node.type === 'struct_type') return local;
    // Nothing is known about an interface that no workspace type implements.
    if (node.type === 'interface_type') return this.names.imported('.', local, rangeOf(node), `${local}$type`).name;
    if (node.type === 'type_identifier' && numbers.test(this.file.text(node))) return 'number';
    if (methods.length > 0) return local;
    // A type is also its underlying type, unless it has methods of its own.
    const isOther = /^(?:type_identifier|qualified_type|pointer_type|generic_type)$/.test(node.type);
    if (!isOther || this.#open.has(info)) return undefined;
    this.#open.add(info);
    try {
      return this.type(node);
    } finally {
      this.#open.delete(info);
    }
  }

  isType(node: SyntaxNode): boolean {
    if (/_type$/.test(node.type)) return true;
    const name = this.file.text(node);
    return (
      node.type === 'identifier' &&
      !this.context.scopes.find(name) &&
      (numbers.test(name) || texts.test(name) || this.infos.has(name))
    );
  }

  typeAsValue(node: SyntaxNode): Expression {
    const type = this.type(node);
    return type === undefined || type === 'number' ? opaque([], rangeOf(node)) : nameAt(type, rangeOf(node));
  }

  zeroValue(
    type: SyntaxNode | undefined,
    known: string | undefined,
    at: Range,
    isPointed: boolean,
  ): Expression | undefined {
    if (known !== undefined && known !== 'number') {
      const isStruct = type?.type === 'type_identifier' && !known.includes('$');
      return isStruct && this.infos.get(known)?.node.type !== 'interface_type' ? objectOf(known, [], at) : undefined;
    }
    if (!isPointed && type?.type === 'type_identifier' && this.file.text(type) === 'string') return literal('', at);
    if (type?.type === 'map_type') return objectOf(undefined, [], at);
    if (type?.type === 'slice_type' && !isPointed) return { kind: 'list', items: [], ...at };
    return opaque([], at);
  }

  zeroOf(type: SyntaxNode | undefined, at: Range): Expression {
    const known = this.type(type);
    if (known === undefined || known === 'number')
      return type?.type === 'map_type' ? objectOf(undefined, [], at) : opaque([], at);
    if (known.includes('$')) return { kind: 'typed', value: opaque([], at), type: known, ...at };
    return objectOf(known, [], at);
  }
}
