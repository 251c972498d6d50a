import type { Ecosystem } from './versions';

/** https://packaging.python.org/en/latest/specifications/name-normalization/ */
export function pythonName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** The normalized name of a package in an ecosystem. */
export function packageKey(ecosystem: Ecosystem, name: string): string {
  if (ecosystem === 'PyPI') return pythonName(name);
  return ecosystem === 'NuGet' || ecosystem === 'Packagist' ? name.toLowerCase() : name;
}
