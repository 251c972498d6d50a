import { childOf, type SyntaxNode } from '../../syntax/tree';
import { SourceFile } from '../shared/sourceFile';

/** The text of a C# file, with helpers for its declarations. */
export class CSharpFile extends SourceFile {
  /** The name that a node declares, without prefixes that only mark it as one; empty if it has none. */
  override nameOf(node: SyntaxNode): string {
    return super.nameOf(node).replaceAll(/\s+/g, '').replace(/^@/, '');
  }

  /** The simple name of a type: without its namespace and type arguments. */
  simple(node: SyntaxNode | undefined): string | undefined {
    if (!node) return undefined;
    switch (node.type) {
      case 'nullable_type':
      case 'scoped_type':
      case 'ref_type':
      case 'primary_constructor_base_type':
        return this.simple(node.children[0]);
      case 'generic_name':
      case 'identifier':
      case 'predefined_type':
        return this.text(node)
          .replace(/<[\s\S]*$/, '')
          .trim();
      case 'qualified_name':
      case 'alias_qualified_name':
        return this.simple(childOf(node, 'name') ?? node.children.at(-1));
      case 'implicit_type':
        return 'var';
      default:
        return undefined;
    }
  }

  attributeText(node: SyntaxNode | undefined): string {
    return (node?.children ?? [])
      .filter(({ type }) => type === 'attribute_list')
      .map((one) => this.text(one))
      .join(' ');
  }

  modifiers(node: SyntaxNode): string {
    let text = '';
    for (const one of node.children) if (one.type === 'modifier') text += `${this.text(one)} `;
    return text;
  }

  /** The parameters of a primary constructor. */
  primaryOf(node: SyntaxNode): readonly SyntaxNode[] {
    const list = node.children.find(({ type }) => type === 'parameter_list');
    return (list?.children ?? []).filter(({ type }) => type === 'parameter');
  }

  membersOf(node: SyntaxNode): readonly SyntaxNode[] {
    const flat = (list: readonly SyntaxNode[]): readonly SyntaxNode[] =>
      list.flatMap((one) =>
        /^preproc_(?:if|else|elif)$/.test(one.type)
          ? flat(one.children.filter(({ field }) => field !== 'condition'))
          : [one],
      );
    return flat(childOf(node, 'body')?.children ?? []);
  }

  /** The private field that a property only reads and writes. */
  backingOf(node: SyntaxNode): string | undefined {
    const accessors = childOf(node, 'accessors')?.children ?? [];
    let field: string | undefined;
    for (const one of accessors) {
      const kind = this.nameOf(one);
      const body = childOf(one, 'body');
      const text = body ? this.text(body).replaceAll(/\s+/g, ' ') : '';
      const pattern =
        kind === 'get'
          ? /^(?:=>|\{ ?return) ?(?:this\.)?(\w+) ?;? ?\}?$/
          : /^(?:=>|\{) ?(?:this\.)?(\w+) = value ?;? ?\}?$/;
      const [, name] = pattern.exec(text) ?? [];
      if (name === undefined || (field !== undefined && field !== name)) return undefined;
      field = name;
    }
    return accessors.length > 1 ? field : undefined;
  }
}
