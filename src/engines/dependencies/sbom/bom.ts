import { PackageURL } from 'packageurl-js';
import parseLicense from 'spdx-expression-parse';
import type { Gap } from '../../../protocol';
import type { Dependency } from '../packages/dependency';
import { packageKey } from '../packages/packageNames';
import type { Ecosystem } from '../packages/versions';

/** A version of a package, however many lockfiles list it. */
export interface BomPackage {
  readonly ecosystem: Ecosystem;
  readonly name: string;
  readonly version: string;
  /** https://github.com/package-url/purl-spec; undefined if the ecosystem does not allow its name. */
  readonly purl: string | undefined;
  /** Whether it is a development dependency in every lockfile. */
  readonly dev: boolean;
  /** Whether a manifest requires it directly. */
  readonly direct: boolean;
  readonly license: BomLicense | undefined;
  /** Where it is listed: lockfiles, with the line of the manifest that requires it. */
  readonly places: readonly { readonly lockfile: string; readonly file: string; readonly line: number }[];
}

/** A license as stated in a lockfile: an SPDX expression of licenses on SPDX's list, or any other text. */
export type BomLicense = { readonly expression: string } | { readonly text: string };

/** The input for an SBOM. */
export interface Bom {
  /** The folder's name. */
  readonly name: string;
  readonly packages: readonly BomPackage[];
  /** What may be missing. */
  readonly gaps: readonly Gap[];
  /** The version of CodeAgent Scanner. */
  readonly toolVersion: string;
  /** RFC 3339, UTC, to the second. */
  readonly created: string;
  /** A UUID. */
  readonly id: string;
}

/** Merges the dependencies of all lockfiles: one package for each name and version, sorted by name. */
export function bomPackages(dependencies: readonly Dependency[]): BomPackage[] {
  const byKey = new Map<string, Dependency[]>();
  for (const dependency of dependencies) {
    const { ecosystem, name, version } = dependency;
    const key = JSON.stringify([ecosystem, packageKey(ecosystem, name), version]);
    byKey.set(key, [...(byKey.get(key) ?? []), dependency]);
  }
  return [...byKey.values()]
    .flatMap((all): BomPackage[] => {
      const [first] = all;
      if (!first) return [];
      const { ecosystem, name, version } = first;
      const licenses = [...new Set(all.flatMap((one) => one.licenses ?? []))];
      return [
        {
          ecosystem,
          name,
          version,
          purl: purlOf(first),
          dev: all.every(({ dev }) => dev),
          direct: all.some(({ direct }) => direct),
          license: licenses.length > 0 ? licenseOf(licenses) : undefined,
          places: all.map(({ lockfile, file, line }) => ({ lockfile, file, line })),
        },
      ];
    })
    .sort((a, b) => compare(a.ecosystem, b.ecosystem) || compare(a.name, b.name) || compare(a.version, b.version));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const purlTypes: Readonly<Record<Ecosystem, string>> = {
  npm: 'npm',
  PyPI: 'pypi',
  Go: 'golang',
  'crates.io': 'cargo',
  RubyGems: 'gem',
  Packagist: 'composer',
  Maven: 'maven',
  NuGet: 'nuget',
  Hex: 'hex',
  Pub: 'pub',
};

/** @returns undefined if the ecosystem does not allow its name */
export function purlOf({ ecosystem, name, version }: Pick<Dependency, 'ecosystem' | 'name' | 'version'>) {
  const separator = ecosystem === 'Maven' ? ':' : '/';
  const at = name.lastIndexOf(separator);
  const namespace = at > 0 ? name.slice(0, at) : undefined;
  // Versions of modules start with a v, which OSV omits.
  const full = ecosystem === 'Go' && /^\d/.test(version) ? `v${version}` : version;
  try {
    const purl = new PackageURL(purlTypes[ecosystem], namespace, name.slice(at + 1), full, undefined, undefined);
    if (ecosystem === 'npm') {
      // The library lowercases names, but JSONStream and jsonstream are two packages.
      purl.namespace = namespace;
      purl.name = name.slice(at + 1);
    }
    return purl.toString();
  } catch {
    return undefined; // A name such as "a b/": the package is still listed.
  }
}

function licenseOf(licenses: readonly string[]): BomLicense {
  const isExpression = licenses.every(isSpdx);
  if (!isExpression) return { text: licenses.join(' or ') };
  if (licenses.length === 1) return { expression: licenses[0] ?? '' };
  return { expression: licenses.map((one) => (one.includes(' ') ? `(${one})` : one)).join(' OR ') };
}

function isSpdx(text: string): boolean {
  // Such a reference refers to a document that is not available here.
  if (/(?:License|Document)Ref-/.test(text)) return false;
  try {
    parseLicense(text);
    return true;
  } catch {
    return false; // A free text, such as "SEE LICENSE IN LICENSE.md".
  }
}
