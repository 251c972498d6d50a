import { SaxesParser } from 'saxes';
import { posix } from 'node:path';
import type { Locked, ReadFile } from './locked';

interface PomDependency {
  groupId: string;
  artifactId: string;
  version: string;
  scope: string;
  type: string;
  /** Of the artifactId. */
  line: number;
  managed: boolean;
}

interface Pom {
  readonly dependencies: PomDependency[];
  readonly properties: Map<string, string>;
  /** Where its parent's file is said to lie, from its own. */
  readonly parent: string | undefined;
}

/** How deep elements may lie in each other; Maven's own need ten. */
const maxDepth = 200;
/** How many parents one after the other are looked at. */
const maxParents = 10;

/**
 * pom.xml: the dependencies whose versions the file says, or its parents where they are in the scan, by properties and dependencyManagement.
 * https://maven.apache.org/pom.html
 */
export function readPom(source: string, path: string, read: ReadFile): Locked[] {
  const pom = parsePom(source);
  const { dependencies, properties } = pom;
  const seen = new Set([path]);
  const managers = dependencies.filter((dependency) => dependency.managed);
  let { parent } = pom;
  for (let child = path; parent !== undefined && seen.size <= maxParents;) {
    child = posix.normalize(posix.join(posix.dirname(child), parent.endsWith('.xml') ? parent : `${parent}/pom.xml`));
    const text = seen.has(child) ? undefined : read(child);
    seen.add(child);
    if (text === undefined) break;
    const above = parsePom(text);
    // What a child says goes before what its parent says.
    for (const [name, value] of above.properties)
      if (!properties.has(name) && !name.startsWith('project.parent.')) properties.set(name, value);
    managers.unshift(...above.dependencies.filter((dependency) => dependency.managed));
    parent = above.parent;
  }
  const fill = (text: string): string => {
    let filled = text;
    // Properties may name properties; a few rounds are more than any build has.
    for (let round = 0; round < 10 && filled.length < 1_000 && filled.includes('${'); round += 1)
      filled = filled.replace(/\$\{([^}]*)\}/g, (whole, name: string) => properties.get(name.trim()) ?? whole);
    return filled.trim();
  };
  const key = (dependency: PomDependency) => `${fill(dependency.groupId)}:${fill(dependency.artifactId)}`;
  const managed = new Map(managers.map((manager) => [key(manager), manager]));
  return dependencies.flatMap((dependency): Locked[] => {
    if (dependency.managed) return [];
    const name = key(dependency);
    const manager = managed.get(name);
    const version = fill(dependency.version || (manager?.version ?? '')).replace(/^\[([^,[\]()]+)\]$/, '$1');
    const scope = fill(dependency.scope || (manager?.scope ?? ''));
    if (version === '' || /[$[\](),\s]/.test(version) || name.includes('$') || scope === 'system') return [];
    return [{ name, version, line: dependency.line, dev: scope === 'test', direct: true }];
  });
}

/** @throws when it is no well-formed XML, or no pom. Entities are not expanded: none but XML's own are known. */
function parsePom(source: string): Pom {
  const dependencies: PomDependency[] = [];
  const properties = new Map<string, string>();
  let parent: string | undefined;
  const path: string[] = [];
  let current: PomDependency | undefined;
  let content = '';
  const parser = new SaxesParser({ position: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name }) => {
    path.push(name);
    content = '';
    if (path.length > maxDepth) throw new Error(`its elements lie deeper than ${maxDepth} in each other`);
    if (path[0] !== 'project') throw new Error('it is not a project of Maven');
    if (name !== 'dependency' || path.at(-2) !== 'dependencies' || path.includes('plugin')) return;
    const managed = path.includes('dependencyManagement');
    current = { groupId: '', artifactId: '', version: '', scope: '', type: '', line: parser.line, managed };
  });
  parser.on('text', (text) => (content += text));
  parser.on('cdata', (text) => (content += text));
  parser.on('closetag', ({ name }) => {
    const value = content.trim();
    const around = path.at(-2);
    if (current && around === 'dependency' && isField(name)) {
      current[name] = value;
      if (name === 'artifactId') current.line = parser.line;
    } else if (around === 'properties') properties.set(name, value);
    else if (path.length === 2 && ['version', 'groupId', 'artifactId'].includes(name)) {
      properties.set(`project.${name}`, value);
      properties.set(`pom.${name}`, value);
    } else if (path.length === 3 && around === 'parent' && ['version', 'groupId'].includes(name)) {
      properties.set(`project.parent.${name}`, value);
      // What the project does not say itself is its parent's.
      if (!properties.has(`project.${name}`)) properties.set(`project.${name}`, value);
    }
    if (path.length === 2 && name === 'parent') parent ??= '../pom.xml';
    if (path.length === 3 && around === 'parent' && name === 'relativePath' && value !== '') parent = value;
    if (name === 'dependency' && current) {
      dependencies.push(current);
      current = undefined;
    }
    path.pop();
    content = '';
  });
  parser.write(source.replace(/^\uFEFF/, '')).close();
  return { dependencies, properties, parent };
}

function isField(name: string): name is 'groupId' | 'artifactId' | 'version' | 'scope' | 'type' {
  return ['groupId', 'artifactId', 'version', 'scope', 'type'].includes(name);
}
