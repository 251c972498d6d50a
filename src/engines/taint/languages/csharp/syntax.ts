import type { Expression, Pattern, Range } from '../../ir/ir';
import { opaque } from '../../ir/make';
import type { SyntaxNode } from '../../syntax/tree';

/** Node types whose children are irrelevant. */
export const leaves: ReadonlySet<string> = new Set([
  'string_literal',
  'verbatim_string_literal',
  'raw_string_literal',
  'character_literal',
  'type_parameter_list',
  'type_parameter_constraints_clause',
  'extern_alias_directive',
  'global_attribute',
  'preproc_region',
  'preproc_endregion',
  'preproc_pragma',
  'preproc_line',
  'preproc_nullable',
  'preproc_define',
  'preproc_undef',
  'preproc_error',
  'preproc_warning',
  'explicit_interface_specifier',
]);

export const action = 'AspAction';

/** The types that keywords stand for. */
export const predefined: Readonly<Record<string, string>> = {
  string: 'String',
  object: 'Object',
  int: 'Int32',
  uint: 'UInt32',
  long: 'Int64',
  ulong: 'UInt64',
  short: 'Int16',
  ushort: 'UInt16',
  byte: 'Byte',
  sbyte: 'SByte',
  bool: 'Boolean',
  char: 'Char',
  double: 'Double',
  float: 'Single',
  decimal: 'Decimal',
};

/** ASP.NET's notation for the application root is a path on this site. */
export function fromRoot(text: string): string {
  return text.startsWith('~/') ? text.slice(1) : text;
}

export function isType({ type }: SyntaxNode): boolean {
  return /^(?:class|interface|enum|record|struct)_declaration$/.test(type);
}

export function joined(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}.${name}`;
}

export function asValue(target: Pattern, at: Range): Expression {
  return target.kind === 'name' || target.kind === 'member' || target.kind === 'index' ? target : opaque([], at);
}
