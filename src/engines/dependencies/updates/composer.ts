import { compareVersions } from '../packages/versions';
import type { TextEdit, Update, WantedUpdate } from './edits';
import { readObject, setJson } from './json';
import { lowestOf, raisedRange } from './ranges';
import { valueAt } from './toml';

/** composer.json: https://getcomposer.org/doc/articles/versions.md */
export function updateComposer({ dependency, to, files, manifests }: WantedUpdate): Update | undefined {
  const target = to.replace(/^v/, '');
  const edits: TextEdit[] = [];
  const asking: string[] = [];
  for (const file of manifests) {
    const source = files.read(file) ?? '';
    const manifest = readObject(source);
    for (const section of ['require', 'require-dev']) {
      const range = valueAt(manifest, [section, dependency.name]);
      if (typeof range !== 'string') continue;
      const lowest = lowestOf(range);
      if (lowest !== undefined && !range.includes('|') && compareVersions('Packagist', lowest, target) >= 0) {
        asking.push(file);
        continue;
      }
      const raised = raisedRange(range, target, { ecosystem: 'Packagist', usual: '^' });
      const edit = raised === undefined ? undefined : setJson(file, source, [section, dependency.name], raised);
      if (!edit) continue;
      edits.push(...edit);
      asking.push(file);
    }
  }
  return asking.length > 0 ? { edits, manifests: [...new Set(asking)] } : undefined;
}
