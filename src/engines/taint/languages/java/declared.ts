import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { SourceFile } from '../shared/sourceFile';
import type { ClassInfo, Context } from './context';
import { isType } from './syntax';
import type { Types } from './types';

/** The declarations of the file's classes, which are known before any of them is lowered. */
export class Declared {
  readonly infos = new Map<SyntaxNode, ClassInfo>();

  constructor(
    private readonly file: SourceFile,
    private readonly context: Context,
    private readonly types: Types,
  ) {}

  collect(node: SyntaxNode, outer: ClassInfo | undefined): ClassInfo {
    const name = this.file.nameOf(node);
    const local = name === '' ? `Anonymous$${this.context.fresh()}` : outer ? `${outer.local}$${name}` : name;
    const fields: ClassInfo['fields'] = new Map();
    const methods: ClassInfo['methods'] = new Map();
    const types = new Map<string, string>();
    const isInterface = /^(?:interface|annotation_type)/.test(node.type);
    const info: ClassInfo = {
      local,
      node,
      fields,
      methods,
      types,
      hasParent: this.parentOf(node) !== undefined,
      isInterface,
      isCaptured: false,
    };
    this.infos.set(node, info);
    if (node.type === 'record_declaration')
      for (const one of childOf(node, 'parameters')?.children ?? []) {
        const own = childOf(one, 'name');
        if (!own) continue;
        fields.set(this.file.text(own), { isStatic: false, type: this.types.simple(childOf(one, 'type')) });
        methods.set(this.file.text(own), false);
      }
    for (const one of this.membersOf(node)) {
      const isStatic = isInterface || /\bstatic\b/.test(this.modifiers(one));
      if (one.type === 'field_declaration' || one.type === 'constant_declaration') {
        const type = this.types.simple(childOf(one, 'type'));
        for (const declarator of one.children)
          if (declarator.type === 'variable_declarator') fields.set(this.file.nameOf(declarator), { isStatic, type });
      } else if (one.type === 'enum_constant') fields.set(this.file.nameOf(one), { isStatic: true, type: name });
      else if (one.type === 'method_declaration')
        methods.set(
          this.file.nameOf(one),
          /\bstatic\b/.test(this.modifiers(one)) && methods.get(this.file.nameOf(one)) !== false,
        );
      else if (isType(one)) types.set(this.file.nameOf(one), this.collect(one, info).local);
    }
    return info;
  }

  membersOf(node: SyntaxNode): readonly SyntaxNode[] {
    const body =
      node.type === 'class_body'
        ? node
        : (childOf(node, 'body') ?? node.children.find(({ type }) => type === 'class_body'));
    return (body?.children ?? []).flatMap((one) => (one.type === 'enum_body_declarations' ? one.children : [one]));
  }

  parentOf(node: SyntaxNode): SyntaxNode | undefined {
    const parent = childOf(node, 'superclass')?.children[0];
    if (parent) return parent;
    const interfaces = childOf(node, 'interfaces') ?? node.children.find(({ type }) => type === 'extends_interfaces');
    return interfaces?.children.find(({ type }) => type === 'type_list')?.children[0];
  }

  /** The modifiers' text, without annotations, or with. */
  modifiers(node: SyntaxNode, withAnnotations = false): string {
    const modifiers = node.children.find(({ type }) => type === 'modifiers');
    if (!modifiers) return '';
    if (withAnnotations) return this.file.text(modifiers);
    let text = '';
    let at = modifiers.from;
    for (const one of modifiers.children) {
      text += this.file.source.slice(at, one.from);
      at = one.to;
    }
    return text + this.file.source.slice(at, modifiers.to);
  }
}
