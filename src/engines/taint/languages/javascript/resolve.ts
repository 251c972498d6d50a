import { posix } from 'node:path';

const extensions = [
  '',
  '.js',
  '.ts',
  '.tsx',
  '.jsx',
  '.mjs',
  '.cjs',
  '.mts',
  '.cts',
  '/index.js',
  '/index.ts',
  '/index.tsx',
  '/index.jsx',
  '/index.mjs',
  '/index.cjs',
];

/** The workspace file that a relative import, or one with a path alias such as `@/lib/db` or `src/lib/db`, refers to. */
export function resolve(from: string, specifier: string, has: (path: string) => boolean): string | undefined {
  if (specifier.startsWith('.')) return fileAt(posix.join(posix.dirname(from), specifier), has);
  const alias = /^(?:[@~#]\/|@?src\/|~)(.+)$/.exec(specifier)?.[1];
  if (alias === undefined) return undefined;
  // The usual alias for the nearest `src` folder above, or for the folder that contains one.
  for (let folder = posix.dirname(from); ; folder = posix.dirname(folder)) {
    const found = fileAt(posix.join(folder, alias), has) ?? fileAt(posix.join(folder, 'src', alias), has);
    if (found !== undefined || folder === '.' || folder === '/') return found;
  }
}

function fileAt(path: string, has: (path: string) => boolean): string | undefined {
  if (path.startsWith('..')) return undefined;
  const found = extensions.map((extension) => path + extension).find((one) => has(one));
  if (found !== undefined) return found;
  // TypeScript's imports name the file that will be built.
  const built = /^(.*)\.([mc]?)jsx?$/.exec(path);
  return built ? [`${built[1] ?? ''}.${built[2] ?? ''}ts`, `${built[1] ?? ''}.tsx`].find((one) => has(one)) : undefined;
}

/** `fs` for `node:fs`. */
export function libraryName(specifier: string): string {
  return specifier.replace(/^node:/, '');
}
