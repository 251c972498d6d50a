import { readIndented, valueOf } from './indented';
import { isElsewhere, type Locked } from './locked';

/** A descriptor: a name, an @, and the range. */
const descriptor = /^(@?[^@]+)@(.*)$/;

/** yarn.lock of yarn 1, and of yarn 2 and later ("berry"). */
export function readYarnLock(source: string): Locked[] {
  if (/^__metadata:/m.test(source)) return readBerry(source);
  if (!/^# yarn lockfile v1|^\S.*@.*:\s*$/m.test(source) && source.trim() !== '')
    throw new Error('it is not what yarn writes');
  return readClassic(source);
}

function readClassic(source: string): Locked[] {
  const found: Locked[] = [];
  let header: { descriptors: readonly string[]; line: number } | undefined;
  for (const [index, line] of source.split('\n').entries()) {
    if (/^[^\s#].*:\s*$/.test(line)) {
      const descriptors = [...line.matchAll(/"([^"]+)"|([^\s",:][^\s",]*?)(?=\s*[,:])/g)];
      header = { descriptors: descriptors.map((match) => match[1] ?? match[2] ?? ''), line: index + 1 };
      continue;
    }
    const version = /^ {2}version "?([^"\s]+)"?/.exec(line)?.[1];
    if (version === undefined || !header) continue;
    const asked = header.descriptors.map((text) => descriptor.exec(text));
    const [, alias = '', first = ''] = asked[0] ?? [];
    const aliased = /^npm:(@?[^@]+)@/.exec(first);
    if (alias === '' || (!aliased && isElsewhere(first))) continue;
    const ranges = asked.map((match) => match?.[2] ?? '');
    found.push({ name: aliased?.[1] ?? alias, version, line: header.line, alias, ranges });
  }
  return found;
}

function readBerry(source: string): Locked[] {
  return readIndented(source).flatMap((entry): Locked[] => {
    const resolution = descriptor.exec(valueOf(entry.children, 'resolution') ?? '');
    const [, name = '', place = ''] = resolution ?? [];
    const version = /^npm:([^:]+)/.exec(place)?.[1];
    if (name === '' || version === undefined) return [];
    const asked = entry.key.split(', ').map((text) => descriptor.exec(text));
    const alias = asked[0]?.[1] ?? name;
    // Manifests write the default protocol or leave it out.
    const ranges = asked.flatMap((match) => [match?.[2] ?? '', (match?.[2] ?? '').replace(/^npm:/, '')]);
    return [{ name, version, line: entry.line, alias, ranges }];
  });
}
