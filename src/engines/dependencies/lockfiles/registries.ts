import { posix } from 'node:path';
import type { Files } from './locked';
import { entriesAt, textAt } from './node';
import { readYaml } from './yaml';

/**
 * Where a package comes from. `elsewhere`: git, a folder, a workspace, the URL of a file, another ecosystem's registry. A registry that is not known
 * to be public counts as private: a mirror cannot be told apart from a registry of private packages.
 */
export type Origin = 'public' | 'private' | 'elsewhere';

/** Public registries and their mirrors. */
const publicHosts = {
  npm: /^(?:registry\.npmjs\.(?:org|com)|registry\.yarnpkg\.com|registry\.verdaccio\.org|(?:registry|cdn)\.npmmirror\.com|registry\.npm\.taobao\.org|r\.cnpmjs\.org|mirrors\.(?:cloud\.tencent|huaweicloud)\.com|repo\.huaweicloud\.com)$/,
  PyPI: /^(?:(?:test\.)?pypi\.org|pypi\.python\.org|files\.pythonhosted\.org|download(?:-r2)?\.pytorch\.org|pypi\.nvidia\.com|(?:www\.)?piwheels\.org|pypi\.tuna\.tsinghua\.edu\.cn|mirrors\.(?:tuna\.tsinghua|ustc|bfsu)\.edu\.cn|pypi\.mirrors\.ustc\.edu\.cn|mirrors\.(?:aliyun|cloud\.tencent|huaweicloud)\.com|repo\.huaweicloud\.com|pypi\.douban(?:io)?\.com)$/,
  RubyGems:
    /^(?:(?:www\.|index\.)?rubygems\.org|gems\.ruby-china\.(?:com|org)|mirrors\.(?:tuna\.tsinghua|ustc)\.edu\.cn|mirrors\.aliyun\.com)$/,
  Pub: /^(?:pub\.dev|pub\.dartlang\.org|pub\.flutter-io\.cn)$/,
} as const;

/** Whether the URL of a registry, or of a file in it, belongs to a public registry; false for ''. */
export function isPublic(ecosystem: keyof typeof publicHosts, address: string): boolean {
  return publicHosts[ecosystem].test(hostOf(address) ?? '');
}

function hostOf(address: string): string | undefined {
  return /^(?:https?:)?\/\/(?:[^/@]*@)?([^/:]+)/i.exec(address)?.[1]?.toLowerCase();
}

/** Where an npm package comes from, by the URL of its archive. */
export function npmOrigin(address: string | undefined): Origin {
  if (address === undefined || address === '') return 'public';
  const host = hostOf(address);
  // Yarn writes only a file name if it keeps archives in a folder.
  if (host === undefined) return /^[\w@.-]+\.tgz(?:#|$)/.test(address) ? 'public' : 'elsewhere';
  if (isPublic('npm', address)) return 'public';
  if (host === 'npm.jsr.io') return 'elsewhere';
  // Registries serve archives from this path; GitHub's uses /download/.
  return /\/-\/|\/download\/@/.test(address) ? 'private' : 'elsewhere';
}

/** Whether a package manager's specifier refers to something outside a registry: git, a folder, a URL. */
export function isOutsideRegistry(place: string): boolean {
  return (
    /^(?:git|git\+[a-z]+|git@.*|github|gitlab|bitbucket|gist|file|link|portal|workspace|root|patch|exec|catalog|jsr|https?|ssh|\.{0,2}\/.*|~\/.*)(?::|$)/i.test(
      place,
    ) || /^[\w.-]+\/[\w.-]+(?:#|$)/.test(place)
  );
}

/**
 * Which packages come from a private registry, by the settings next to a lockfile: most lockfiles do not say.
 * https://docs.npmjs.com/cli/configuring-npm/npmrc, https://yarnpkg.com/configuration/yarnrc, https://classic.yarnpkg.com/docs/yarnrc
 */
export function npmSettings(lockfile: string, files: Files): (name: string) => Origin {
  const registries = new Map<string, string>();
  const note = (scope: string, address: string) => {
    if (!registries.has(scope)) registries.set(scope, address);
  };
  for (const folder of new Set([posix.dirname(lockfile), '.'])) {
    const lines = ['.npmrc', '.yarnrc'].flatMap((name) => files.read(posix.join(folder, name))?.split('\n') ?? []);
    for (const line of lines) {
      const [, scope = '', address = ''] = /^\s*"?(?:(@[^:\s"]+):)?registry"?\s*[=\s]\s*"?([^\s"]+)/.exec(line) ?? [];
      if (address !== '') note(scope, address);
    }
    const berry = settingsOf(files.read(posix.join(folder, '.yarnrc.yml')));
    for (const [scope, node] of entriesAt(berry, 'npmScopes')) {
      const address = textAt(node, 'npmRegistryServer');
      if (address !== undefined) note(`@${scope}`, address);
    }
    const address = textAt(berry, 'npmRegistryServer');
    if (address !== undefined) note('', address);
  }
  return (name) => {
    const address = registries.get(name.startsWith('@') ? (name.split('/')[0] ?? '') : '') ?? registries.get('');
    if (address === undefined || isPublic('npm', address)) return 'public';
    return hostOf(address) === 'npm.jsr.io' ? 'elsewhere' : 'private';
  };
}

function settingsOf(source: string | undefined) {
  if (source === undefined) return undefined;
  try {
    return readYaml(source).documents[0];
  } catch {
    return undefined; // Yarn itself would reject it.
  }
}
