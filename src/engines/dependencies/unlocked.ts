import { posix } from 'node:path';
import { parse } from 'smol-toml';
import { isTestCode } from '../engine/filePurpose';
import { readJson } from './lockfiles/json';
import type { Files } from './lockfiles/locked';
import { at, entriesAt, textAt } from './lockfiles/node';
import { roleOf } from './lockfiles/kinds';

export const noLockfileReason =
  'There is no lockfile, so the installed versions of the dependencies are unknown and were not looked up.';
export const noVersionReason = 'Dependencies without an exact version in the scanned files were not looked up.';

/** Folders that are not part of the product. */
const outsideProduct =
  /(?:^|\/)(?:examples?|samples?|demos?|fixtures?|templates?|archetype-resources|docs?|benchmarks?|node_modules|vendor|third_party)\//i;

/**
 * Whether missing exact versions in a file are a gap. For requirements files, only if no version is exact and the folder neither contains a library
 * nor has a lockfile: many pin only the packages that matter to them.
 */
export function isGap(path: string, content: { unknown: number; packages: number }, files: Files): boolean {
  if (content.unknown === 0 || isTestCode(path) || outsideProduct.test(path)) return false;
  if (!path.endsWith('.txt')) return true;
  const folder = posix.dirname(path);
  const beside = ['setup.py', 'setup.cfg', 'pyproject.toml', 'poetry.lock', 'uv.lock', 'pdm.lock', 'Pipfile.lock'];
  return content.packages === 0 && !beside.some((name) => files.paths.includes(posix.join(folder, name)));
}

/**
 * Manifests of applications that require dependencies and have no lockfile in their folder or above. Applications only: whoever
 * sees "no findings" for one assumes that its dependencies were checked. A library has version ranges and no lockfile on purpose, since its users choose the versions;
 * a gap in every scan of a library would be noise that makes people overlook other gaps. The same goes for tests, examples and templates.
 */
export function unlockedManifests(files: Files): string[] {
  const locked = new Map<string, Set<string>>();
  for (const path of files.paths) {
    const role = roleOf(path);
    const ecosystem = role?.role === 'lockfile' ? role.kind.ecosystem : path.endsWith('bun.lockb') ? 'npm' : undefined;
    if (ecosystem === undefined || isOwnManifest(path)) continue;
    const folders = locked.get(ecosystem) ?? new Set<string>();
    locked.set(ecosystem, folders.add(posix.dirname(path)));
  }
  return files.paths.filter((path) => {
    const kind = manifests.get(posix.basename(path));
    if (!kind || isTestCode(path) || outsideProduct.test(path)) return false;
    const folders = locked.get(kind.ecosystem);
    if (folders && above(path).some((folder) => folders.has(folder))) return false;
    const source = files.read(path);
    try {
      return source !== undefined && kind.isApplication(source);
    } catch {
      return false; // It may be in the middle of an edit, or a template.
    }
  });
}

/** POMs and .NET projects have no lockfile, but specify versions themselves. */
function isOwnManifest(path: string): boolean {
  return /(?:pom\.xml|proj|\.props|\.targets)$/.test(path);
}

/** The folders that contain a file, from the innermost to the root. */
function above(path: string): string[] {
  const folders = [posix.dirname(path)];
  for (let folder = folders[0] ?? '.'; folder !== '.'; folders.push(folder)) folder = posix.dirname(folder);
  return folders;
}

interface Manifest {
  readonly ecosystem: string;
  /** Whether it belongs to an application and requires packages. @throws if it cannot be read */
  isApplication(source: string): boolean;
}

const manifests = new Map<string, Manifest>([
  ['package.json', { ecosystem: 'npm', isApplication: isNodeApplication }],
  ['composer.json', { ecosystem: 'Packagist', isApplication: isPhpApplication }],
  ['pyproject.toml', { ecosystem: 'PyPI', isApplication: isPythonApplication }],
  ['Pipfile', { ecosystem: 'PyPI', isApplication: (source) => /^\s*\[packages\]\s*\n\s*["'\w]/m.test(source) }],
  // A Gemfile that refers to a gemspec belongs to a library.
  [
    'Gemfile',
    {
      ecosystem: 'RubyGems',
      isApplication: (source) => /^\s*gem[\s(]/m.test(source) && !/^\s*gemspec\b/m.test(source),
    },
  ],
  ['build.gradle', { ecosystem: 'Maven', isApplication: isGradleApplication }],
  ['build.gradle.kts', { ecosystem: 'Maven', isApplication: isGradleApplication }],
]);

/** A package that can be published counts as a library. */
function isNodeApplication(source: string): boolean {
  const [manifest] = readJson(source).documents;
  if (textAt(manifest, 'private') !== 'true' && at(manifest, 'version') && at(manifest, 'name')) return false;
  return entriesAt(manifest, 'dependencies').some(([, { value = '' }]) => !/^(?:file|link|workspace):/.test(value));
}

function isPhpApplication(source: string): boolean {
  const [manifest] = readJson(source).documents;
  // Without a type, Composer assumes a library; PHP and its extensions are not packages.
  return textAt(manifest, 'type') === 'project' && entriesAt(manifest, 'require').some(([name]) => name.includes('/'));
}

/** A project without a build system cannot be published, so it counts as an application. */
function isPythonApplication(source: string): boolean {
  const manifest = parse(source);
  if ('build-system' in manifest) return false;
  const project = manifest['project'];
  if (typeof project !== 'object' || Array.isArray(project) || project instanceof Date) return false;
  const dependencies = project['dependencies'];
  return Array.isArray(dependencies) && dependencies.length > 0;
}

function isGradleApplication(source: string): boolean {
  const plugin =
    /(?:id|plugin:?)\s*\(?\s*["'](?:application|war|com\.android\.application|org\.springframework\.boot|io\.quarkus|io\.micronaut\.application)["']|^\s*(?:application|war)\s*$/m;
  return plugin.test(source) && /\b(?:implementation|compile|api|runtimeOnly)\b\s*[('"]/.test(source);
}
