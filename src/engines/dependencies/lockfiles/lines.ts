import type { Locked } from './locked';

/** Gemfile.lock: the packages of its GEM sections, not of GIT and PATH. https://bundler.io/man/gemfile.5.html */
export function readGemfileLock(source: string): Locked[] {
  const found: Locked[] = [];
  const asked = new Set<string>();
  let section = '';
  for (const [index, line] of source.split(/\r?\n/).entries()) {
    if (/^[A-Z]/.test(line)) section = line.trim();
    const [, name, version] = /^ {4}([\w.-]+) \(([^)]+)\)/.exec(line) ?? [];
    // Behind a hyphen is the platform it was built for: versions have none.
    if (section === 'GEM' && name !== undefined && version !== undefined)
      found.push({ name, version: version.replace(/-.*$/, ''), line: index + 1 });
    if (section === 'DEPENDENCIES') asked.add(/^ {2}([\w.-]+)/.exec(line)?.[1] ?? '');
  }
  if (section === '') throw new Error('it has none of the sections that Bundler writes');
  return found.map((gem) => ({ ...gem, direct: asked.has(gem.name) }));
}

/** gradle.lockfile and buildscript-gradle.lockfile: https://docs.gradle.org/current/userguide/dependency_locking.html */
export function readGradleLock(source: string): Locked[] {
  return source.split(/\r?\n/).flatMap((line, index): Locked[] => {
    const [, name, version, used = ''] = /^([^#\s:=]+:[^\s:=]+):([^\s:=]+)=(.*)$/.exec(line) ?? [];
    if (name === undefined || version === undefined) return [];
    const configurations = used.split(',').filter((configuration) => configuration !== '');
    const dev = configurations.length > 0 && configurations.every((configuration) => /test/i.test(configuration));
    return [{ name, version, line: index + 1, dev }];
  });
}
