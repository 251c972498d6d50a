import type { Expression } from '../../ir/ir';
import { childOf, type SyntaxNode } from '../../syntax/tree';
import type { Children } from '../shared/children';
import type { SourceFile } from '../shared/sourceFile';
import { unescaped } from './escapes';

/** Names, keys and types, as written. */
export class Names {
  constructor(
    private readonly file: SourceFile,
    private readonly children: Children,
  ) {}

  key(node: SyntaxNode): string | Expression {
    return node.type === 'computed_property_name' ? this.children.first(node) : this.keyText(node);
  }

  keyText(node: SyntaxNode): string {
    return node.type === 'string' ? this.stringText(node) : this.file.text(node);
  }

  stringText(node: SyntaxNode): string {
    return unescaped(this.file.source.slice(node.from + 1, node.to - 1));
  }

  typeOf(node: SyntaxNode): string | undefined {
    const type = childOf(node, 'type');
    return type && typeName(this.file.text(type));
  }
}

/** The dotted name in a type annotation, without type arguments; for a union, the first that is not null. */
export function typeName(text: string): string | undefined {
  const [name] = text
    .replace(/^\s*:\s*/, '')
    .replace(
      /^(?:readonly\s+)?(?:Promise|Partial|Readonly|Required|Ref|Observable)<([^<>]*(?:<[^<>]*>)?[^<>]*)>$/,
      '$1',
    )
    .split('|')
    .map((one) => /^\s*([A-Za-z_$][\w$.]*)/.exec(one)?.[1])
    .filter((one) => one !== undefined && !/^(?:null|undefined|void|readonly)$/.test(one));
  return name;
}
