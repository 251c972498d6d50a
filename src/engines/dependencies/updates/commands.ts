import { posix } from 'node:path';
import type { Refresh } from '../../../protocol';
import type { Dependency } from '../packages/dependency';
import type { Format } from '../lockfiles/kinds';

/**
 * The command that brings a lockfile to the version that its manifest requires or, if no manifest names the package, that updates it in the
 * lockfile alone; undefined if there is none, or none is needed.
 */
export function refreshOf(format: Format, dependency: Dependency, to: string): Refresh | undefined {
  const { name, lockfile } = dependency;
  // It is read, and maybe run, by a person: a name may hold nothing that a shell takes for more.
  if (!/^[\w@][\w@./:-]*$/.test(name) || !/^[\w.+~!-]+$/.test(to)) return undefined;
  if (format === 'gradleLock') return gradleRefresh(dependency);
  const command = commandOf(format, dependency, to);
  // pip takes its files from where it runs, and one may include others.
  const folder = format === 'requirements' ? '' : folderOf(lockfile);
  return command === undefined ? undefined : { command, folder };
}

/** The folder of a path; empty at the root. */
function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '' : folder;
}

/** By the wrapper that the project comes with, which has the right version of Gradle. */
function gradleRefresh({ lockfile, wrapper }: Dependency): Refresh | undefined {
  const folder = folderOf(lockfile).replace(/(?:^|\/)gradle\/dependency-locks$/, '');
  const task = `${posix.basename(lockfile).startsWith('buildscript-') ? 'buildEnvironment' : 'dependencies'} --write-locks`;
  if (wrapper === undefined) return { command: `gradle ${task}`, folder };
  const top = folderOf(wrapper);
  const project = posix.relative(top, folder);
  if (project === '') return { command: `./gradlew ${task}`, folder: top };
  return /^\w[\w./-]*$/.test(project) ? { command: `./gradlew -p ${project} ${task}`, folder: top } : undefined;
}

function commandOf(
  format: Exclude<Format, 'gradleLock'>,
  { name, direct, lockfile, file }: Dependency,
  to: string,
): string | undefined {
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
    case 'pylock': {
      // https://pip.pypa.io/en/stable/cli/pip_lock/: what to lock has to be said.
      const output = posix.basename(lockfile);
      if (!direct || file !== posix.join(posix.dirname(lockfile), 'pyproject.toml')) return undefined;
      return output === 'pylock.toml' ? 'pip lock -e .' : `pip lock -e . -o ${output}`;
    }
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
