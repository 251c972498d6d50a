import { compareVersions } from '../packages/versions';
import { isRecord, type TextEdit, type Update, type WantedUpdate } from './edits';
import { lowestOf, raisedRange } from './ranges';
import { readToml, setToml } from './toml';

const sections = ['dependencies', 'dev-dependencies', 'build-dependencies'];

/** Cargo.toml of the workspace and its members: https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html */
export function updateCargo({ dependency, to, files, manifests }: WantedUpdate): Update | undefined {
  // If there are several versions, Cargo's lockfile does not say which one a manifest resolves to.
  if (!dependency.direct) return undefined;
  const edits: TextEdit[] = [];
  const asking: string[] = [];
  for (const file of manifests) {
    const source = files.read(file) ?? '';
    const tree = readToml(source);
    for (const { path, range } of tree ? asked(tree, dependency.name) : []) {
      const lowest = lowestOf(range);
      if (lowest !== undefined && compareVersions('crates.io', lowest, to) >= 0) {
        asking.push(file);
        continue;
      }
      const raised = raisedRange(range, to, { ecosystem: 'crates.io', usual: '' });
      const edit = raised === undefined ? undefined : setToml(file, source, path, raised);
      if (!edit) continue;
      edits.push(edit);
      asking.push(file);
    }
  }
  return asking.length > 0 ? { edits, manifests: [...new Set(asking)] } : undefined;
}

function asked(tree: Record<string, unknown>, name: string): { path: string[]; range: string }[] {
  const targets = isRecord(tree['target']) ? Object.entries(tree['target']) : [];
  const roots: [string[], unknown][] = [
    [[], tree],
    [['workspace'], tree['workspace']],
    ...targets.map(([key, one]): [string[], unknown] => [['target', key], one]),
  ];
  return roots.flatMap(([path, root]) =>
    sections.flatMap((section) => {
      const table = isRecord(root) ? root[section] : undefined;
      return (isRecord(table) ? Object.entries(table) : []).flatMap(([key, one]) => {
        if (typeof one === 'string') return key === name ? [{ path: [...path, section, key], range: one }] : [];
        if (!isRecord(one) || (one['package'] ?? key) !== name || typeof one['version'] !== 'string') return [];
        return [{ path: [...path, section, key, 'version'], range: one['version'] }];
      });
    }),
  );
}
