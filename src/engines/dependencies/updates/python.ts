import { readRequirements } from '../lockfiles/requirements';
import { pythonName } from '../packages/packageNames';
import { compareVersions } from '../packages/versions';
import { isRecord, lineStart, withEdit, type TextEdit, type Update, type WantedUpdate } from './edits';
import { lowestOf, raisedClauses, raisedRange } from './ranges';
import { readToml, setToml } from './toml';

/** The pin in a requirements or constraints file. A pin with archive hashes would no longer match them. */
export function updateRequirements({ dependency, to, files, locked }: WantedUpdate): Update | undefined {
  const { file, line, name, version, lockfile } = dependency;
  const source = files.read(file);
  if (source === undefined) return undefined;
  const start = lineStart(source, line);
  const logical = /^(?:[^\n]*\\\n)*[^\n]*/.exec(source.slice(start))?.[0] ?? '';
  if (/--hash\b/.test(logical)) return undefined;
  const pin = [...logical.matchAll(/={2,3}\s*([^\s*;,#\\()]+)/g)].find((match) => match[1] === version);
  if (!pin) return undefined;
  const at = start + pin.index + pin[0].length - version.length;
  const edit = { file, start: at, end: at + version.length, text: to };
  const read = (from: typeof files) =>
    readRequirements(from.read(lockfile) ?? '', lockfile, from).packages.map(
      (one) => `${pythonName(one.name)} ${one.version}`,
    );
  const wanted = locked.map((one) => `${pythonName(one.name)} ${one.version}`);
  const after = read(withEdit(files, edit));
  const changed = after.filter((one, index) => one !== wanted[index]);
  const isRight =
    after.length === wanted.length && changed.length > 0 && changed.every((one) => one === `${pythonName(name)} ${to}`);
  return isRight ? { edits: [edit], manifests: [file] } : undefined;
}

/** pyproject.toml, as written by PEP 621 and 735, uv, PDM and Poetry, and Pipfile. */
export function updatePyproject({ dependency, to, files, manifests }: WantedUpdate): Update | undefined {
  const edits: TextEdit[] = [];
  const asking: string[] = [];
  for (const file of manifests) {
    const source = files.read(file) ?? '';
    const tree = readToml(source);
    for (const { path, text, isRange } of tree ? asked(tree, pythonName(dependency.name)) : []) {
      const lowest = lowestOf(isRange ? text : text.replace(/^[^<>=!~;]*/, ''));
      if (lowest !== undefined && compareVersions('PyPI', lowest, to) >= 0) {
        asking.push(file);
        continue;
      }
      const raised = isRange
        ? raisedRange(text, to, { ecosystem: 'PyPI', usual: file.endsWith('Pipfile') ? '>=' : '^' })
        : raisedRequirement(text, to);
      const edit = raised === undefined ? undefined : setToml(file, source, path, raised);
      if (!edit) continue;
      // Parsing distinguishes identical text in two places of the file; the edits never overlap.
      edits.push(edit);
      asking.push(file);
    }
  }
  return asking.length > 0 ? { edits, manifests: [...new Set(asking)] } : undefined;
}

/** `name[extra]>=1.2,<2; marker`: https://packaging.python.org/en/latest/specifications/dependency-specifiers/ */
function raisedRequirement(text: string, to: string): string | undefined {
  const [, head = '', open = '', clauses = '', rest = ''] =
    /^(\s*[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\])?\s*)(\(?)([^;@()]*?)(\)?\s*(?:;.*)?)$/s.exec(text) ?? [];
  return head === '' ? undefined : `${head}${open}${raisedClauses(clauses, to, 'PyPI')}${rest}`;
}

interface Asked {
  readonly path: readonly (string | number)[];
  readonly text: string;
  /** Whether it is only a range rather than a whole requirement. */
  readonly isRange: boolean;
}

function asked(tree: Record<string, unknown>, name: string): Asked[] {
  const found: Asked[] = [];
  const list = (value: unknown, path: readonly string[]) => {
    if (!Array.isArray(value)) return;
    for (const [index, text] of (value as unknown[]).entries())
      if (typeof text === 'string' && pythonName(/^\s*([\w.-]+)/.exec(text)?.[1] ?? '') === name)
        found.push({ path: [...path, index], text, isRange: false });
  };
  const lists = (value: unknown, path: readonly string[]) => {
    for (const [key, one] of isRecord(value) ? Object.entries(value) : []) list(one, [...path, key]);
  };
  const table = (value: unknown, path: readonly string[]) => {
    for (const [key, one] of isRecord(value) ? Object.entries(value) : []) {
      if (pythonName(key) !== name) continue;
      if (typeof one === 'string') found.push({ path: [...path, key], text: one, isRange: true });
      if (isRecord(one) && typeof one['version'] === 'string')
        found.push({ path: [...path, key, 'version'], text: one['version'], isRange: true });
    }
  };
  const at = (...path: string[]) => path.reduce<unknown>((one, key) => (isRecord(one) ? one[key] : undefined), tree);
  list(at('project', 'dependencies'), ['project', 'dependencies']);
  lists(at('project', 'optional-dependencies'), ['project', 'optional-dependencies']);
  lists(at('dependency-groups'), ['dependency-groups']);
  list(at('tool', 'uv', 'dev-dependencies'), ['tool', 'uv', 'dev-dependencies']);
  lists(at('tool', 'pdm', 'dev-dependencies'), ['tool', 'pdm', 'dev-dependencies']);
  for (const key of ['dependencies', 'dev-dependencies']) table(at('tool', 'poetry', key), ['tool', 'poetry', key]);
  const groups = at('tool', 'poetry', 'group');
  for (const group of isRecord(groups) ? Object.keys(groups) : [])
    table(at('tool', 'poetry', 'group', group, 'dependencies'), ['tool', 'poetry', 'group', group, 'dependencies']);
  // In a Pipfile.
  for (const key of ['packages', 'dev-packages']) table(at(key), [key]);
  return found;
}
