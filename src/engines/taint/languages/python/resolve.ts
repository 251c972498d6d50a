import { posix } from 'node:path';

/**
 * The workspace file that a module name refers to: a relative one (`.views`) starts at the importing file's package; others start at a
 * folder that is not a package, since Python looks for them in the folder of the program or project.
 */
export function resolve(from: string, specifier: string, has: (path: string) => boolean): string | undefined {
  const folder = posix.dirname(from);
  const [, dots = '', name = ''] = /^(\.*)(.*)$/.exec(specifier) ?? [];
  const path = name.replaceAll('.', '/');
  if (dots !== '') return moduleAt(posix.join(folder, ...Array<string>(dots.length - 1).fill('..'), path), has);
  if (path === '') return undefined;
  for (let at = folder; ; at = posix.dirname(at)) {
    const isTop = at === '.' || at === '/';
    if (isTop || !has(posix.join(at, '__init__.py'))) {
      const found = moduleAt(posix.join(at, path), has) ?? moduleAt(posix.join(at, 'src', path), has);
      if (found !== undefined && found !== from) return found;
    }
    if (isTop) return undefined;
  }
}

function moduleAt(path: string, has: (path: string) => boolean): string | undefined {
  if (path.startsWith('..')) return undefined;
  return [`${path}.py`, posix.join(path, '__init__.py')].find((one) => has(one));
}

/** The module `name` of a package: `pkg.name`, `.name`. */
export function submodule(specifier: string, name: string): string {
  return /\.$/.test(specifier) ? specifier + name : `${specifier}.${name}`;
}
