import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { ClassInfo, Context } from './context';
import type { CSharpFile } from './file';
import type { DeclaredTypes } from './resolve';
import { isType, joined } from './syntax';

/** The types of the file, which are known before any of them is lowered. */
export class FileTypes {
  /** The types of the file, by their simple names. */
  readonly types = new Map<string, string>();
  readonly enums = new Set<string>();
  readonly infos = new Map<SyntaxNode, ClassInfo>();
  /** The extension methods of the file, each with its class. */
  readonly extensions = new Map<string, string>();

  constructor(
    private readonly file: CSharpFile,
    private readonly declared: DeclaredTypes,
    private readonly context: Context,
  ) {}

  collect(node: SyntaxNode, outer: ClassInfo | undefined, namespace: string): ClassInfo {
    const name = this.file.nameOf(node);
    const own = outer ? `${outer.local}$${name}` : name;
    const isTaken = [...this.infos.values()].some((one) => one.local === own);
    const local = isTaken ? `${own}$${this.context.fresh()}` : own;
    const fields: ClassInfo['fields'] = new Map();
    const methods: ClassInfo['methods'] = new Map();
    const types = new Map<string, string>();
    const isInterface = node.type === 'interface_declaration';
    const bases = (node.children.find(({ type }) => type === 'base_list')?.children ?? []).filter(
      ({ type }) => type !== 'argument_list',
    );
    const [first] = bases;
    const isParent = first !== undefined && (isInterface || !/^I[A-Z]/.test(this.file.simple(first) ?? ''));
    const full = joined(namespace, name);
    const info: ClassInfo = {
      local,
      full,
      node,
      fields,
      methods,
      types,
      aliases: new Map(),
      parent: isParent && node.type !== 'enum_declaration' && node.type !== 'struct_declaration' ? first : undefined,
      bases,
      isInterface,
      isPart: /\bpartial\b/.test(this.file.modifiers(node)) && this.declared.isPartElsewhere(full, this.file.path),
    };
    this.infos.set(node, info);
    if (!this.types.has(name)) this.types.set(name, local);
    if (node.type === 'enum_declaration') this.enums.add(local);
    for (const one of this.file.primaryOf(node))
      fields.set(this.file.nameOf(one), { isStatic: false, type: this.file.simple(childOf(one, 'type')) });
    for (const one of this.file.membersOf(node)) {
      const isStatic = /\b(?:static|const)\b/.test(this.file.modifiers(one));
      switch (one.type) {
        case 'field_declaration':
        case 'event_field_declaration': {
          const declaration = one.children.find(({ type }) => type === 'variable_declaration');
          const type = declaration && this.file.simple(childOf(declaration, 'type'));
          for (const declarator of declaration?.children ?? [])
            if (declarator.type === 'variable_declarator') fields.set(this.file.nameOf(declarator), { isStatic, type });
          break;
        }
        case 'property_declaration': {
          fields.set(this.file.nameOf(one), { isStatic, type: this.file.simple(childOf(one, 'type')) });
          const backing = this.file.backingOf(one);
          if (backing !== undefined && !isStatic) info.aliases.set(backing, this.file.nameOf(one));
          break;
        }
        case 'event_declaration':
          fields.set(this.file.nameOf(one), { isStatic, type: this.file.simple(childOf(one, 'type')) });
          break;
        case 'enum_member_declaration':
          fields.set(this.file.nameOf(one), { isStatic: true, type: name });
          break;
        case 'method_declaration': {
          const method = this.file.nameOf(one);
          methods.set(method, isStatic && methods.get(method) !== false);
          const [receiver] = childOf(one, 'parameters')?.children ?? [];
          if (receiver && /\bthis\b/.test(this.file.modifiers(receiver))) this.extensions.set(method, local);
          break;
        }
        default:
          if (isType(one)) types.set(this.file.nameOf(one), this.collect(one, info, full).local);
      }
    }
    return info;
  }

  infoOf(type: string): ClassInfo | undefined {
    const local = this.types.get(type);
    return local === undefined ? undefined : [...this.infos.values()].find((one) => one.local === local);
  }
}
