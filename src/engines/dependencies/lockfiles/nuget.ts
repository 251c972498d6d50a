import { posix } from 'node:path';
import { readJson } from './json';
import { versionProblem, type Files, type Locked, type LockfileContent } from './locked';
import { at, entriesAt, textAt } from './node';
import { children, childText, readXml, type Element } from './xml';

/** packages.lock.json of NuGet: https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files#locking-dependencies */
export function readNugetLock(source: string): LockfileContent {
  const {
    documents: [lock],
    problem,
  } = readJson(source);
  if (!at(lock, 'dependencies')) throw new Error(problem ?? 'it has no "dependencies"');
  const packages = entriesAt(lock, 'dependencies').flatMap(([, framework]) =>
    entriesAt(framework).flatMap(([name, node]): Locked[] => {
      const type = textAt(node, 'type');
      const version = textAt(node, 'resolved');
      if (version === undefined || type === 'Project') return [];
      return [{ name, version, line: node.line, direct: type === 'Direct' }];
    }),
  );
  return { packages, problem: problem ?? versionProblem(textAt(lock, 'version'), /^[12]$/) };
}

/** packages.config: https://learn.microsoft.com/nuget/reference/packages-config */
export function readPackagesConfig(source: string): LockfileContent {
  const { root, problem } = readXml(source);
  if (root.name !== 'packages') throw new Error(problem ?? 'it has no <packages>');
  const packages = children(root, 'package').flatMap((element): Locked[] => {
    const [name, version] = [attribute(element, 'id'), attribute(element, 'version')];
    if (name === undefined || version === undefined) return [];
    const dev = attribute(element, 'developmentDependency') === 'true';
    return [{ name, version, line: element.line, direct: true, dev }];
  });
  return { packages, problem };
}

/**
 * A .NET project without packages.lock.json, with the Directory.*.props above it. NuGet restores the lowest version that a reference allows, so a
 * plain version is the installed one. https://learn.microsoft.com/nuget/concepts/package-versioning
 */
export function readProject(source: string, path: string, files: Files): LockfileContent {
  const folder = posix.dirname(path);
  if (files.paths.includes(posix.join(folder, 'packages.lock.json'))) return { packages: [] };
  const { root, problem } = readXml(source);
  if (root.name !== 'Project') throw new Error(problem ?? 'it has no <Project>');
  const central = nearest('Directory.Packages.props', folder, files);
  const build = nearest('Directory.Build.props', folder, files);
  const properties = new Map<string, string>();
  for (const element of [build?.root, central?.root, root]) {
    for (const group of children(element, 'PropertyGroup'))
      for (const { name, text } of group.children) properties.set(name.toLowerCase(), text);
  }
  const fill = (text: string) =>
    text.replace(/\$\(([\w.]+)\)/g, (whole, name: string) => properties.get(name.toLowerCase()) ?? whole).trim();
  const managed = new Map<string, { version: string; line: number }>();
  for (const element of items(central?.root, ['PackageVersion'])) {
    const name = attribute(element, 'Include') ?? attribute(element, 'Update');
    const version = attribute(element, 'Version') ?? childText(element, 'Version');
    if (name !== undefined) managed.set(name.toLowerCase(), { version, line: element.line });
  }
  let unknown = 0;
  const packages = items(root, ['PackageReference', 'GlobalPackageReference']).flatMap((element): Locked[] => {
    const name = attribute(element, 'Include') ?? attribute(element, 'Update');
    if (name === undefined) return [];
    const declared = ['VersionOverride', 'Version'].map((key) => attribute(element, key) ?? childText(element, key));
    const own = declared.find((text) => text !== '');
    const manager = own === undefined ? managed.get(name.toLowerCase()) : undefined;
    const version = /^\[?\s*(\d[\w.+-]*)\s*\]?$/.exec(fill(own ?? manager?.version ?? ''))?.[1];
    if (version === undefined) {
      unknown += 1;
      return [];
    }
    const dev = (attribute(element, 'PrivateAssets') ?? childText(element, 'PrivateAssets')).toLowerCase() === 'all';
    const place = manager && central ? { line: manager.line, file: central.path } : { line: element.line };
    return [{ name, version, ...place, direct: true, dev }];
  });
  return { packages, problem, unknown };
}

function items(root: Element | undefined, names: readonly string[]): Element[] {
  return children(root, 'ItemGroup').flatMap((group) => group.children.filter(({ name }) => names.includes(name)));
}

function attribute(element: Element, name: string): string | undefined {
  return [...element.attributes].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

/** The file of this name in the folder, or else in the nearest one above. */
function nearest(name: string, folder: string, files: Files): { path: string; root: Element } | undefined {
  for (let at = folder; ; at = posix.dirname(at)) {
    const path = posix.join(at, name);
    const source = files.read(path);
    if (source !== undefined) {
      try {
        return { path, root: readXml(source).root };
      } catch {
        return undefined; // The versions in it stay unknown, and are counted as such.
      }
    }
    if (at === '.' || at === '/') return undefined;
  }
}
