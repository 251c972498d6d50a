import { fields, isElsewhere, linesWith, list, own, parseJson, text, type Locked } from './locked';

/** bun.lock, JSON with trailing commas and comments: https://bun.com/docs/pm/lockfile */
export function readBunLock(source: string): Locked[] {
  const json = source.replace(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|,(?=\s*[}\]])/g, (part) => (part[0] === '"' ? part : ''));
  const lock = parseJson(json);
  const lineOf = linesWith(source, /^\s*"([^"]+)"\s*:\s*\[/);
  const asked = new Map<string, boolean>();
  for (const workspace of Object.values(fields(own(lock, 'workspaces')))) {
    for (const section of ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'])
      for (const name of Object.keys(fields(own(fields(workspace), section))))
        asked.set(name, section === 'devDependencies' && (asked.get(name) ?? true));
  }
  const packages = own(lock, 'packages');
  if (packages === undefined) throw new Error('it has no "packages"');
  return Object.entries(fields(packages)).flatMap(([key, value]): Locked[] => {
    const [, name, version] = /^(@?[^@]+)@(.+)$/.exec(text(list(value)[0]) ?? '') ?? [];
    if (name === undefined || version === undefined || isElsewhere(version)) return [];
    const dev = asked.get(key);
    return [{ name, version, line: lineOf(key), direct: dev !== undefined, alias: key, ...(dev && { dev }) }];
  });
}
