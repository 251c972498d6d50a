import { posix } from 'node:path';
import type { Files, Locked, LockfileContent } from './locked';
import { child, children, childText, readXml, type Element } from './xml';

interface PomDependency {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
  readonly scope: string;
  readonly type: string;
  readonly classifier: string;
  /** The line of the artifactId. */
  readonly line: number;
}

interface Pom {
  readonly path: string;
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly dependencies: readonly PomDependency[];
  readonly managed: readonly PomDependency[];
  readonly parent: ParentReference | undefined;
  readonly problem: string | undefined;
}

interface ParentReference {
  readonly groupId: string;
  readonly artifactId: string;
  readonly version: string;
  /** The path to its file, relative to the child; '' if it is declared not to be on disk. */
  readonly relativePath: string;
}

/** Limits on the chain of parents, and of imported BOMs. */
const maxParents = 10;
const maxImports = 10;

/**
 * pom.xml: the dependencies whose versions are in the file, or in its parents and BOMs if those are part of the scan, directly or by properties and
 * dependencyManagement.
 * https://maven.apache.org/pom.html
 */
export function readPom(source: string, path: string, files: Files): LockfileContent {
  const pom = parsePom(source, path);
  const project = projectOf(files);
  const { fill, managed } = project.model(pom, 0);
  let unknown = 0;
  const packages = pom.dependencies.flatMap((dependency): Locked[] => {
    const [groupId, artifactId] = [fill(dependency.groupId), fill(dependency.artifactId)];
    const name = `${groupId}:${artifactId}`;
    const manager = managed.get(keyOf(dependency, fill));
    const version = exactly(fill(dependency.version) || (manager?.version ?? ''));
    const scope = fill(dependency.scope) || (manager?.scope ?? '');
    // Modules of the same build are not published packages.
    if (scope === 'system' || project.find(groupId, artifactId)) return [];
    if (version === undefined || name.includes('$')) {
      if (scope !== 'test') unknown += 1;
      return [];
    }
    return [{ name, version, line: dependency.line, dev: scope === 'test', direct: true }];
  });
  return { packages, problem: pom.problem, unknown };
}

/** Each POM of a scan is parsed only once. */
const projects = new WeakMap<Files, Project>();

function projectOf(files: Files): Project {
  const project = projects.get(files) ?? new Project(files);
  projects.set(files, project);
  return project;
}

/** A version, or the only version that a range allows. */
function exactly(version: string): string | undefined {
  const only = version.replace(/^\[([^,[\]()]+)\]$/, '$1');
  return only === '' || /[$[\](),\s]/.test(only) || /^(?:LATEST|RELEASE)$/.test(only) ? undefined : only;
}

type Fill = (text: string) => string;
interface Managed {
  readonly version: string;
  readonly scope: string;
}

function keyOf({ groupId, artifactId, type, classifier }: PomDependency, fill: Fill): string {
  return [groupId, artifactId, type || 'jar', classifier].map(fill).join(':');
}

/** The POMs of a scan, combined as Maven does. */
class Project {
  readonly #read = new Map<string, Pom | undefined>();
  #byId: Map<string, Pom[]> | undefined;

  constructor(private readonly files: Files) {}

  /** A POM's properties and managed versions, including those of its parents and imported BOMs. */
  model(pom: Pom, imports: number): { fill: Fill; managed: ReadonlyMap<string, Managed> } {
    const line = [pom, ...this.#parents(pom)];
    const properties = new Map<string, string>();
    // A child overrides its parent.
    for (const one of line)
      for (const [name, value] of one.properties) if (!properties.has(name)) properties.set(name, value);
    for (const prefix of ['project', 'pom']) {
      for (const field of ['groupId', 'artifactId', 'version'] as const) {
        properties.set(`${prefix}.${field}`, pom[field]);
        if (pom.parent) properties.set(`${prefix}.parent.${field}`, pom.parent[field]);
      }
    }
    if (pom.parent) properties.set('parent.version', pom.parent.version);
    const fill: Fill = (text) => {
      let filled = text;
      // Properties may refer to properties; no build nests them more deeply than this.
      for (let round = 0; round < 10 && filled.length < 1_000 && filled.includes('${'); round += 1)
        filled = filled.replace(/\$\{([^}]*)\}/g, (whole, name: string) => properties.get(name.trim()) ?? whole);
      return filled.trim();
    };
    const managed = new Map<string, Managed>();
    const all = line.flatMap((one) => one.managed);
    const isImport = ({ scope, type }: PomDependency) => scope === 'import' && type === 'pom';
    const note = (key: string, one: Managed) => {
      if (!managed.has(key)) managed.set(key, one);
    };
    for (const one of all)
      if (!isImport(one)) note(keyOf(one, fill), { version: fill(one.version), scope: fill(one.scope) });
    for (const one of imports < maxImports ? all.filter(isImport) : []) {
      const bom = this.find(fill(one.groupId), fill(one.artifactId), fill(one.version));
      if (bom) for (const [key, value] of this.model(bom, imports + 1).managed) note(key, value);
    }
    return { fill, managed };
  }

  /** The POM in the scan with these coordinates; undefined if there are several, or its version differs. */
  find(groupId: string, artifactId: string, version?: string): Pom | undefined {
    if (!this.#byId) {
      this.#byId = new Map();
      for (const path of this.files.paths.filter((one) => posix.basename(one) === 'pom.xml')) {
        const pom = this.#at(path);
        if (!pom) continue;
        const key = `${pom.groupId}:${pom.artifactId}`;
        this.#byId.set(key, [...(this.#byId.get(key) ?? []), pom]);
      }
    }
    const found = this.#byId.get(`${groupId}:${artifactId}`) ?? [];
    return found.find((pom) => version === undefined || sameText(pom.version, version));
  }

  #parents(pom: Pom): Pom[] {
    const found: Pom[] = [];
    let current = pom;
    while (current.parent && found.length < maxParents) {
      const parent = this.#parentOf(current.path, current.parent);
      if (!parent || parent.path === pom.path || found.includes(parent)) break;
      found.push(parent);
      current = parent;
    }
    return found;
  }

  /** As in Maven, the file at the path counts only if it has the parent's coordinates. */
  #parentOf(path: string, wanted: ParentReference): Pom | undefined {
    const { relativePath, groupId, artifactId, version } = wanted;
    const said = posix.normalize(posix.join(posix.dirname(path), relativePath));
    const file = relativePath.endsWith('.xml') ? said : posix.join(said, 'pom.xml');
    const pom = relativePath === '' ? undefined : this.#at(file);
    const same = (one: Pom) =>
      sameText(one.groupId, groupId) && sameText(one.artifactId, artifactId) && sameText(one.version, version);
    return pom && same(pom) ? pom : this.find(groupId, artifactId, version);
  }

  #at(path: string): Pom | undefined {
    if (this.#read.has(path)) return this.#read.get(path);
    const source = this.files.read(path);
    let pom: Pom | undefined;
    try {
      pom = source === undefined ? undefined : parsePom(source, path);
    } catch {
      pom = undefined; // It is read as a lockfile too, and its problems are reported then.
    }
    this.#read.set(path, pom);
    return pom;
  }
}

/** The version of a parent or a BOM may contain properties, which can be set anywhere. */
function sameText(a: string, b: string): boolean {
  return a === b || a.includes('$') || b.includes('$');
}

/** @throws if it is not XML, or not a POM */
function parsePom(source: string, path: string): Pom {
  const { root, problem } = readXml(source);
  if (root.name !== 'project') throw new Error(problem ?? 'it is not a Maven project');
  const above = child(root, 'parent');
  const parts = [...activeProfiles(root), root];
  // Active profiles override the project.
  const properties = new Map(
    parts
      .toReversed()
      .flatMap((part) => child(part, 'properties')?.children.map(({ name, text }) => [name, text] as const) ?? []),
  );
  const relativePath = child(above, 'relativePath');
  return {
    path,
    groupId: childText(root, 'groupId') || childText(above, 'groupId'),
    artifactId: childText(root, 'artifactId'),
    version: childText(root, 'version') || childText(above, 'version'),
    properties,
    dependencies: parts.flatMap(dependenciesOf),
    managed: parts.flatMap((part) => dependenciesOf(child(part, 'dependencyManagement'))),
    parent: above && {
      groupId: childText(above, 'groupId'),
      artifactId: childText(above, 'artifactId'),
      version: childText(above, 'version'),
      relativePath: relativePath ? relativePath.text : '../pom.xml',
    },
    problem,
  };
}

function dependenciesOf(part: Element | undefined): PomDependency[] {
  return children(child(part, 'dependencies'), 'dependency').map((one) => ({
    groupId: childText(one, 'groupId'),
    artifactId: childText(one, 'artifactId'),
    version: childText(one, 'version'),
    scope: childText(one, 'scope'),
    type: childText(one, 'type'),
    classifier: childText(one, 'classifier'),
    line: child(one, 'artifactId')?.line ?? one.line,
  }));
}

/**
 * The profiles of a build that selects none: those that need a property to be unset, else those that are active by default. Profiles that depend on
 * the machine (its JDK, system and files) are considered inactive.
 */
function activeProfiles(root: Element): Element[] {
  const profiles = children(child(root, 'profiles'), 'profile');
  const activation = (profile: Element) => child(profile, 'activation');
  const unset = profiles.filter((profile) => childText(child(activation(profile), 'property'), 'name').startsWith('!'));
  return unset.length > 0
    ? unset
    : profiles.filter((profile) => childText(activation(profile), 'activeByDefault') === 'true');
}
