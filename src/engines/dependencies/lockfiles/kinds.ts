import type { GapKind } from '../../../protocol';
import type { Ecosystem } from '../packages/versions';

/** A supported format. */
export type Format =
  | 'packageLock'
  | 'yarnLock'
  | 'pnpmLock'
  | 'bunLock'
  | 'denoLock'
  | 'requirements'
  | 'poetryLock'
  | 'uvLock'
  | 'pdmLock'
  | 'pipfileLock'
  | 'pylock'
  | 'goMod'
  | 'goSum'
  | 'cargoLock'
  | 'gemfileLock'
  | 'composerLock'
  | 'pom'
  | 'gradleLock'
  | 'nugetLock'
  | 'packagesConfig'
  | 'project'
  | 'mixLock'
  | 'pubspecLock';

/** A kind of lockfile: its ecosystem, its format, and the manifests next to it or below it that list direct dependencies. */
export interface LockfileKind {
  /** Matches its path. */
  readonly names: RegExp;
  readonly ecosystem: Ecosystem;
  readonly format: Format;
  /** Matches a manifest's name; undefined if the file is its own manifest. */
  readonly manifests?: RegExp;
}

const packageJson = /^package\.json$/;
const python = /^(?:pyproject\.toml|Pipfile)$/;
const constraints = /(?:^|\/)[^/]*constraints?[^/]*\.txt$/i;

/** All supported lockfiles; the first kind that matches counts. The readers are in a separate file, because only the worker loads their parsers. */
export const lockfileKinds: readonly LockfileKind[] = [
  {
    names: /(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/,
    ecosystem: 'npm',
    format: 'packageLock',
    manifests: packageJson,
  },
  { names: /(?:^|\/)yarn\.lock$/, ecosystem: 'npm', format: 'yarnLock', manifests: packageJson },
  { names: /(?:^|\/)pnpm-lock(?:\.[^/]+)?\.yaml$/, ecosystem: 'npm', format: 'pnpmLock', manifests: packageJson },
  { names: /(?:^|\/)bun\.lock$/, ecosystem: 'npm', format: 'bunLock', manifests: packageJson },
  { names: /(?:^|\/)deno\.lock$/, ecosystem: 'npm', format: 'denoLock', manifests: packageJson },
  {
    names: /(?:^|\/)(?:[\w.-]*requirements?[\w.-]*|requirements\/[^/]+)\.txt$/i,
    ecosystem: 'PyPI',
    format: 'requirements',
  },
  { names: /(?:^|\/)poetry\.lock$/, ecosystem: 'PyPI', format: 'poetryLock', manifests: python },
  { names: /(?:^|\/)uv\.lock$/, ecosystem: 'PyPI', format: 'uvLock', manifests: python },
  { names: /(?:^|\/)pdm\.lock$/, ecosystem: 'PyPI', format: 'pdmLock', manifests: python },
  { names: /(?:^|\/)Pipfile\.lock$/, ecosystem: 'PyPI', format: 'pipfileLock', manifests: python },
  { names: /(?:^|\/)pylock(?:\.[^/]+)?\.toml$/, ecosystem: 'PyPI', format: 'pylock', manifests: python },
  { names: /(?:^|\/)go\.mod$/, ecosystem: 'Go', format: 'goMod' },
  { names: /(?:^|\/)go\.sum$/, ecosystem: 'Go', format: 'goSum' },
  { names: /(?:^|\/)Cargo\.lock$/, ecosystem: 'crates.io', format: 'cargoLock', manifests: /^Cargo\.toml$/ },
  {
    names: /(?:^|\/)(?:[\w.-]*Gemfile[\w.-]*\.lock|gems\.locked)$/,
    ecosystem: 'RubyGems',
    format: 'gemfileLock',
    manifests: /^(?:Gemfile|gems\.rb)$/,
  },
  { names: /(?:^|\/)composer\.lock$/, ecosystem: 'Packagist', format: 'composerLock', manifests: /^composer\.json$/ },
  { names: /(?:^|\/)pom\.xml$/, ecosystem: 'Maven', format: 'pom' },
  {
    names: /(?:^|\/)(?:(?:buildscript-|settings-)?gradle\.lockfile|dependency-locks\/[^/]+\.lockfile)$/,
    ecosystem: 'Maven',
    format: 'gradleLock',
    manifests: /^(?:build\.gradle(?:\.kts)?|libs\.versions\.toml)$/,
  },
  {
    names: /(?:^|\/)packages(?:\.[^/]+)?\.lock\.json$/,
    ecosystem: 'NuGet',
    format: 'nugetLock',
    manifests: /^(?:.+\.(?:cs|fs|vb)proj|Directory\.Packages\.props)$/,
  },
  { names: /(?:^|\/)packages(?:\.[^/]+)?\.config$/, ecosystem: 'NuGet', format: 'packagesConfig' },
  { names: /\.(?:cs|fs|vb)proj$|(?:^|\/)Directory\.Build\.(?:props|targets)$/, ecosystem: 'NuGet', format: 'project' },
  { names: /(?:^|\/)mix\.lock$/, ecosystem: 'Hex', format: 'mixLock', manifests: /^mix\.exs$/ },
  { names: /(?:^|\/)pubspec\.lock$/, ecosystem: 'Pub', format: 'pubspecLock', manifests: /^pubspec\.yaml$/ },
];

/** Unsupported lockfiles, with the reason as a sentence. */
const unread: readonly (readonly [RegExp, GapKind, string])[] = [
  [
    /(?:^|\/)bun\.lockb$/,
    'unread_lockfile',
    'bun\'s binary lockfile cannot be read; "bun install --save-text-lockfile" writes bun.lock.',
  ],
  [
    /(?:^|\/)(?:Podfile\.lock|Cartfile\.resolved)$/,
    'lookup_failed',
    'The vulnerability database does not cover CocoaPods or Carthage.',
  ],
  [
    /(?:^|\/)(?:Package\.resolved|conan\.lock|renv\.lock|stack\.yaml\.lock|cabal\.project\.freeze|pixi\.lock|conda-lock\.yml|paket\.lock|rebar\.lock)$/,
    'unread_lockfile',
    'Lockfiles of Swift, Conan, R, Haskell, Conda, Paket and rebar3 are not supported.',
  ],
];

/** Files that are read in addition to lockfiles. */
const settings =
  /(?:^|\/)(?:setup\.(?:py|cfg)|\.npmrc|\.yarnrc(?:\.yml)?|Directory\.Packages\.props|gradle\.properties|gradlew)$/;

/** What to do with a file. */
export type Role =
  | { readonly role: 'lockfile'; readonly kind: LockfileKind }
  | { readonly role: 'unread'; readonly gap: GapKind; readonly reason: string }
  /** A manifest, or something that a lockfile may include. */
  | { readonly role: 'related' };

export function roleOf(path: string): Role | undefined {
  const [, gap, reason] = unread.find(([names]) => names.test(path)) ?? [];
  if (gap !== undefined && reason !== undefined) return { role: 'unread', gap, reason };
  const kind = constraints.test(path) ? undefined : lockfileKinds.find(({ names }) => names.test(path));
  if (kind) return { role: 'lockfile', kind };
  const name = path.slice(path.lastIndexOf('/') + 1);
  const isRelated = lockfileKinds.some(({ manifests }) => manifests?.test(name)) || settings.test(path);
  // Requirements files may include any text file.
  return isRelated || /\.txt$/i.test(name) ? { role: 'related' } : undefined;
}

/** The ecosystems whose dependencies a file says something of, as a lockfile or a manifest. */
export function ecosystemsOf(path: string): Ecosystem[] {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const kinds = lockfileKinds.filter(({ names, manifests }) => names.test(path) || manifests?.test(name));
  return [...new Set(kinds.map(({ ecosystem }) => ecosystem))];
}
