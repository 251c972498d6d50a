import type { Replacement } from './codeFix';
import { codeOnly, goImports, withImports } from './goFile';

const weak = ['crypto/md5', 'crypto/sha1'];
const strong = 'crypto/sha256';

/** SHA-256 in place of MD5 and SHA-1 in the whole file, since an unused import does not compile. */
export function sha256InGo(text: string, from: number, to: number): Replacement[] | undefined {
  if (!/\b(?:md5|sha1)\b/.test(text.slice(from, to))) return undefined;
  const imports = goImports(text);
  const used = imports?.filter(({ path }) => weak.includes(path)) ?? [];
  if (!imports || used.length === 0) return undefined;
  if (used.some(({ name }) => name !== undefined)) return undefined;
  const code = codeOnly(text);
  const hasStrong = imports.some(({ path, name }) => path === strong && name === undefined);
  if (!hasStrong && /\bsha256\b/.test(code)) return undefined;
  // The length of a checksum is part of its type.
  if (/\[\s*(?:16|20)\s*\]\s*byte\b/.test(code)) return undefined;
  const edits: Replacement[] = [];
  for (const { path } of used) {
    const name = path.replace('crypto/', '');
    for (const { index, 1: member } of code.matchAll(new RegExp(`(?<![\\w.])${name}\\b(?:\\.(\\w+))?`, 'g'))) {
      if (member === undefined || !/^(?:New|Sum|Size|BlockSize)$/.test(member)) return undefined;
      const start = index;
      edits.push({
        start,
        end: start + name.length + 1 + member.length,
        text: `sha256.${member === 'Sum' ? 'Sum256' : member}`,
      });
    }
  }
  const changed = withImports(text, { without: used.map(({ path }) => path), added: hasStrong ? [] : [strong] });
  return changed && [...edits, ...changed];
}

/** crypto/rand instead of math/rand, if a file only takes bytes from it. */
export function cryptoRandInGo(text: string): Replacement[] | undefined {
  const imports = goImports(text);
  const weakRandom = imports?.filter(({ path }) => /^math\/rand(?:\/v2)?$/.test(path)) ?? [];
  const [only, ...more] = weakRandom;
  if (!only || only.name !== undefined || more.length > 0) return undefined;
  if (imports?.some(({ path }) => path === 'crypto/rand')) return undefined;
  const uses = [...codeOnly(text).matchAll(/(?<![\w.])rand\b(?:\.(\w+))?/g)];
  if (!uses.every(({ 1: member }) => member === 'Read')) return undefined;
  return withImports(text, { without: [only.path], added: ['crypto/rand'] });
}
