import type { Dependency } from '../packages/dependency';
import type { Format } from '../lockfiles/kinds';

/**
 * The command that brings a lockfile to the version that its manifest requires or, if no manifest names the package, that updates it in the
 * lockfile alone; undefined if there is none, or none is needed.
 */
export function refreshCommand(format: Format, { name, direct, lockfile }: Dependency, to: string): string | undefined {
  // People read this and may run it, so a name must not contain anything special to a shell.
  if (!/^[\w@][\w@./:-]*$/.test(name) || !/^[\w.+~!-]+$/.test(to)) return undefined;
  switch (format) {
    case 'packageLock':
      return 'npm install';
    case 'yarnLock':
      return 'yarn install';
    case 'pnpmLock':
      return 'pnpm install';
    case 'bunLock':
      return 'bun install';
    case 'denoLock':
      return 'deno install';
    case 'requirements':
      return /^[\w./-]+$/.test(lockfile) ? `pip install -r ${lockfile}` : undefined;
    case 'poetryLock':
      return `poetry update ${name}`;
    case 'uvLock':
      return direct ? 'uv lock' : `uv lock --upgrade-package ${name}`;
    case 'pdmLock':
      return `pdm update ${name}`;
    case 'pipfileLock':
      return direct ? 'pipenv lock' : `pipenv upgrade ${name}`;
    case 'pylock':
      return 'pip lock';
    case 'goMod':
      return 'go mod tidy';
    case 'goSum':
      return `go get ${name}@v${to}`;
    case 'cargoLock':
      return direct ? `cargo update ${name}` : `cargo update ${name} --precise ${to}`;
    case 'gemfileLock':
      return `bundle update ${name}`;
    case 'composerLock':
      return `composer update ${name} --with-dependencies`;
    case 'gradleLock':
      return 'gradle dependencies --write-locks';
    case 'nugetLock':
      return 'dotnet restore --force-evaluate';
    case 'project':
      return 'dotnet restore';
    case 'mixLock':
      return `mix deps.update ${name}`;
    case 'pubspecLock':
      return `dart pub upgrade ${name}`;
    case 'pom':
    case 'packagesConfig':
      return undefined;
  }
}
