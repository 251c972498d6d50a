import type { Locked, LockfileContent } from './locked';
import { isPublic } from './registries';

/** Gemfile.lock: the packages of its GEM sections, not of GIT, PATH and PLUGIN SOURCE. https://bundler.io/man/gemfile.5.html */
export function readGemfileLock(source: string): LockfileContent {
  const found: Locked[] = [];
  const asked = new Set<string>();
  let section = '';
  let own = false;
  let problem: string | undefined;
  let sections = 0;
  for (const [index, line] of source.split('\n').entries()) {
    if (/^[A-Z][A-Z ]*$/.test(line.trimEnd())) {
      section = line.trim();
      sections += 1;
      own = false;
      continue;
    }
    if (line.trim() !== '' && !line.startsWith('  ')) problem ??= `it is damaged at line ${index + 1}`;
    const remote = /^ {2}remote:\s*(\S*)/.exec(line)?.[1];
    // A section may have several, and does not say which package comes from which.
    if (section === 'GEM' && remote !== undefined && !isPublic('RubyGems', remote)) own = true;
    const [, name, version] = /^ {4}([\w.-]+) \(([^)]+)\)/.exec(line) ?? [];
    // Versions have no hyphens: one is followed by the platform of the build.
    if (section === 'GEM' && name !== undefined && version !== undefined)
      found.push({ name, version: version.replace(/-.*$/, ''), line: index + 1, private: own });
    if (section === 'DEPENDENCIES') asked.add(/^ {2}([\w.-]+)/.exec(line)?.[1] ?? '');
  }
  if (sections === 0) throw new Error(problem ?? 'it is not a Bundler lockfile');
  // Bundler writes this section after the packages.
  if (found.length > 0 && !/^DEPENDENCIES\s*$/m.test(source)) problem ??= 'it is truncated before "DEPENDENCIES"';
  return { packages: found.map((gem) => ({ ...gem, direct: asked.has(gem.name) })), problem };
}
