import type { SyntaxNode } from '../../syntax/tree';

/** Node types whose children are irrelevant. */
export const leaves: ReadonlySet<string> = new Set([
  'variable_name',
  'qualified_name',
  'relative_name',
  'namespace_name',
  'string',
  'nowdoc',
  'named_type',
  'optional_type',
  'union_type',
  'intersection_type',
  'disjunctive_normal_form_type',
  'primitive_type',
  'cast_type',
  'text',
  'heredoc_start',
  'heredoc_end',
]);

/** Variables that every script has; models know their values by name, without the dollar sign. */
export const superglobals =
  /^\$(?:_(?:GET|POST|REQUEST|COOKIE|SERVER|ENV|FILES)|HTTP_(?:GET|POST|COOKIE|SERVER)_VARS|HTTP_RAW_POST_DATA|argv)$/;

export const functionTypes = new Set([
  'function_definition',
  'method_declaration',
  'anonymous_function',
  'anonymous_class',
]);

export const classTypes = new Set([
  'class_declaration',
  'interface_declaration',
  'trait_declaration',
  'enum_declaration',
  'anonymous_class',
]);

/** Finds where a variable gets a value, by an assignment or a loop. */
export function assignmentOf(name: string): RegExp {
  const escaped = `\\${name}`;
  return new RegExp(String.raw`${escaped}\s*(?:[.+*/-]|\?\?)?=[^=>]|(?:\bas|=>)\s*&?${escaped}\b`);
}

/** The variables of a function, without those of nested functions. */
export function variablesIn(node: SyntaxNode, source: string): Set<string> {
  const found = new Set<string>();
  const visit = (one: SyntaxNode) => {
    if (one.type === 'variable_name') found.add(source.slice(one.from, one.to));
    else if (one.type === 'anonymous_function') {
      const used = one.children.find(({ type }) => type === 'anonymous_function_use_clause');
      if (used) visit(used);
    } else if (!functionTypes.has(one.type) && !classTypes.has(one.type))
      for (const child of one.children) visit(child);
    else if (one.type === 'anonymous_class') {
      const args = one.children.find(({ type }) => type === 'arguments');
      if (args) visit(args);
    }
  };
  if (functionTypes.has(node.type)) for (const child of node.children) visit(child);
  else visit(node);
  return found;
}
