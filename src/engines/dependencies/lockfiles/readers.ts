import type { Ecosystem } from '../versions';
import { readBunLock } from './bun';
import { readGoMod, readGoSum } from './go';
import { readComposerLock, readNugetLock, readPipfileLock } from './json';
import { readGemfileLock, readGradleLock } from './lines';
import type { LockfileReader } from './locked';
import { readPackageLock } from './npm';
import { readPnpmLock } from './pnpm';
import { readPom } from './pom';
import { readRequirements } from './requirements';
import { readCargoLock, readPdmLock, readPoetryLock, readUvLock } from './toml';
import { readYarnLock } from './yarn';

/** A kind of lockfile: its ecosystem, how it is read, and which manifests stand beside it, or below it, for what is asked for directly. */
export interface LockfileKind {
  readonly names: RegExp;
  readonly ecosystem: Ecosystem;
  readonly read: LockfileReader;
  /** Undefined where the file is the manifest itself. */
  readonly manifests?: RegExp;
}

const packageJson = /^package\.json$/;
const python = /^(?:pyproject\.toml|Pipfile)$/;
const requirements = /^(?:[\w.-]*requirements?[\w.-]*|constraints)\.txt$/i;

/** Every lockfile that is read; a file is of the first kind that fits. */
export const lockfileKinds: readonly LockfileKind[] = [
  { names: /^(?:package-lock|npm-shrinkwrap)\.json$/, ecosystem: 'npm', read: readPackageLock, manifests: packageJson },
  { names: /^yarn\.lock$/, ecosystem: 'npm', read: readYarnLock, manifests: packageJson },
  { names: /^pnpm-lock\.yaml$/, ecosystem: 'npm', read: readPnpmLock, manifests: packageJson },
  { names: /^bun\.lock$/, ecosystem: 'npm', read: readBunLock, manifests: packageJson },
  { names: requirements, ecosystem: 'PyPI', read: readRequirements },
  { names: /^poetry\.lock$/, ecosystem: 'PyPI', read: readPoetryLock, manifests: python },
  { names: /^uv\.lock$/, ecosystem: 'PyPI', read: readUvLock, manifests: python },
  { names: /^pdm\.lock$/, ecosystem: 'PyPI', read: readPdmLock, manifests: python },
  { names: /^Pipfile\.lock$/, ecosystem: 'PyPI', read: readPipfileLock, manifests: python },
  { names: /^go\.mod$/, ecosystem: 'Go', read: readGoMod },
  { names: /^go\.sum$/, ecosystem: 'Go', read: readGoSum },
  { names: /^Cargo\.lock$/, ecosystem: 'crates.io', read: readCargoLock, manifests: /^Cargo\.toml$/ },
  {
    names: /^(?:Gemfile\.lock|gems\.locked)$/,
    ecosystem: 'RubyGems',
    read: readGemfileLock,
    manifests: /^(?:Gemfile|gems\.rb)$/,
  },
  { names: /^composer\.lock$/, ecosystem: 'Packagist', read: readComposerLock, manifests: /^composer\.json$/ },
  { names: /^pom\.xml$/, ecosystem: 'Maven', read: readPom },
  {
    names: /^(?:buildscript-)?gradle\.lockfile$/,
    ecosystem: 'Maven',
    read: readGradleLock,
    manifests: /^(?:build\.gradle(?:\.kts)?|libs\.versions\.toml)$/,
  },
  {
    names: /^packages\.lock\.json$/,
    ecosystem: 'NuGet',
    read: readNugetLock,
    manifests: /^(?:.+\.(?:cs|fs|vb)proj|Directory\.Packages\.props)$/,
  },
];

const binary = /^bun\.lockb$/;

/** What to do with a file of this path. */
export function roleOf(path: string): LockfileKind | 'manifest' | 'include' | 'binary' | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (binary.test(name)) return 'binary';
  const kind =
    lockfileKinds.find(({ names }) => names.test(name)) ??
    (/(?:^|\/)requirements\/[^/]+\.txt$/i.test(path)
      ? lockfileKinds.find(({ names }) => names === requirements)
      : undefined);
  if (kind) return kind;
  if (lockfileKinds.some(({ manifests }) => manifests?.test(name))) return 'manifest';
  // What a requirements file may include.
  return /\.txt$/i.test(name) ? 'include' : undefined;
}
