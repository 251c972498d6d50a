import { fields, linesWith, list, own, parseJson, text, type Locked } from './locked';

/** Pipfile.lock: https://pipenv.pypa.io */
export function readPipfileLock(source: string): Locked[] {
  const lock = parseJson(source);
  const lineOf = linesWith(source, /^\s*"([^"]+)"\s*:\s*\{/);
  // Beside these two there may be any category of the user's own.
  return Object.entries(lock).flatMap(([section, packages]) =>
    section === '_meta'
      ? []
      : Object.entries(fields(packages)).flatMap(([name, value]): Locked[] => {
          const entry = fields(value);
          const version = /^={2,3}\s*(.+)$/.exec(text(own(entry, 'version')) ?? '')?.[1];
          if (version === undefined) return [];
          if (['git', 'path', 'file', 'editable'].some((key) => own(entry, key) !== undefined)) return [];
          return [{ name, version, line: lineOf(name), dev: section === 'develop' }];
        }),
  );
}

/** composer.lock: https://getcomposer.org/doc/01-basic-usage.md */
export function readComposerLock(source: string): Locked[] {
  const lock = parseJson(source);
  if (own(lock, 'packages') === undefined) throw new Error('it has no "packages"');
  const lineOf = linesWith(source, /^\s*"name"\s*:\s*"([^"]+)"/);
  return ['packages', 'packages-dev'].flatMap((section) =>
    list(own(lock, section)).flatMap((value): Locked[] => {
      const entry = fields(value);
      const name = text(own(entry, 'name'));
      const version = text(own(entry, 'version'));
      if (name === undefined || version === undefined || /^dev-|-dev$/.test(version)) return [];
      if (text(own(fields(own(entry, 'dist')), 'type')) === 'path') return [];
      return [{ name, version, line: lineOf(name), dev: section === 'packages-dev' }];
    }),
  );
}

/** packages.lock.json of NuGet: https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files#locking-dependencies */
export function readNugetLock(source: string): Locked[] {
  const lock = parseJson(source);
  const frameworks = own(lock, 'dependencies');
  if (frameworks === undefined) throw new Error('it has no "dependencies"');
  const lineOf = linesWith(source, /^\s*"([^"]+)"\s*:\s*\{/);
  return Object.values(fields(frameworks)).flatMap((packages) =>
    Object.entries(fields(packages)).flatMap(([name, value]): Locked[] => {
      const entry = fields(value);
      const type = text(own(entry, 'type'));
      const version = text(own(entry, 'resolved'));
      if (version === undefined || type === 'Project') return [];
      return [{ name, version, line: lineOf(name), direct: type === 'Direct' }];
    }),
  );
}
