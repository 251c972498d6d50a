import { posix } from 'node:path';

/** The kinds of names that PHP loads from other files without an import. */
export type DeclaredKind = 'class' | 'function';

/** The specifier of a class or function: `class App\Users`. Their names are case-insensitive in PHP. */
export function specifierOf(kind: DeclaredKind, names: readonly string[]): string {
  return [kind, ...names].join(' ');
}

/** The workspace file that `include` refers to: `__DIR__` is the path of the including file's folder, below `/`. */
export function resolve(from: string, specifier: string, has: (path: string) => boolean): string | undefined {
  if (/^(?:class|function) /.test(specifier)) return undefined;
  if (/^\w+:\/\//.test(specifier) || specifier === '') return undefined;
  if (specifier.startsWith('/')) {
    const path = posix.normalize(specifier).slice(1);
    return has(path) ? path : undefined;
  }
  // Relative to the entry script, or to the including file: any ancestor folder may be the base.
  for (let folder = posix.dirname(from); ; folder = posix.dirname(folder)) {
    const path = posix.join(folder, specifier);
    if (!path.startsWith('..') && has(path)) return path;
    if (folder === '.' || folder === '/') return undefined;
  }
}

/** The name that models use: the class's, or the function's in lower case. */
export function libraryName(specifier: string): string {
  const [kind, ...names] = specifier.split(' ');
  const name = names.at(-1) ?? specifier;
  return kind === 'function' ? name.toLowerCase() : name;
}

const declaration =
  /^[ \t]*(?:<\?php[ \t]+)?(?:(?:abstract|final|readonly)[ \t]+)*(?:(class|interface|trait|enum)[ \t]+(\w+)|function[ \t]+&?[ \t]*(\w+)[ \t]*\(|namespace[ \t]+([\w\\]+))/gim;

/** The specifiers of the classes and functions that a file declares. Methods may be among them. */
export function declaredIn(source: string): string[] {
  const names: string[] = [];
  let namespace = '';
  for (const [, kind, type, name, space] of source.matchAll(declaration)) {
    if (space !== undefined) namespace = `${space}\\`;
    else if (kind !== undefined && type !== undefined) names.push(specifierOf('class', [namespace + type]));
    else if (name !== undefined) names.push(specifierOf('function', [namespace + name]));
  }
  return names.map((one) => one.toLowerCase());
}
