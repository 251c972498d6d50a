import type { Locked, LockfileContent } from './locked';

/**
 * gradle.lockfile, buildscript-gradle.lockfile, and the lockfiles that Gradle 6 wrote for each configuration:
 * https://docs.gradle.org/current/userguide/dependency_locking.html
 */
export function readGradleLock(source: string): LockfileContent {
  let problem: string | undefined;
  const packages = source.split('\n').flatMap((line, index): Locked[] => {
    if (/^\s*(?:#|$|empty=)/.test(line)) return [];
    const [, name, version, used = ''] = /^([^\s:=]+:[^\s:=]+):([^\s:=]+)(?:=(.*))?$/.exec(line.trim()) ?? [];
    if (name === undefined || version === undefined) {
      problem ??= `it is damaged at line ${index + 1}`;
      return [];
    }
    const configurations = used.split(',').filter((configuration) => configuration !== '');
    const dev = configurations.length > 0 && configurations.every((configuration) => /test/i.test(configuration));
    return [{ name, version, line: index + 1, dev }];
  });
  if (packages.length === 0 && problem !== undefined) throw new Error(problem);
  return { packages, problem };
}
