/** Node types whose children are irrelevant. */
export const leaves: ReadonlySet<string> = new Set([
  'type_annotation',
  'type_arguments',
  'type_parameters',
  'interface_declaration',
  'type_alias_declaration',
  'ambient_declaration',
  'implements_clause',
  'string_fragment',
  'accessibility_modifier',
  'hash_bang_line',
]);
