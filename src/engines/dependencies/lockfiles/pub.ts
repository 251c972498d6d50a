import type { Locked, LockfileContent } from './locked';
import { at, entriesAt, textAt } from './node';
import { isPublic } from './registries';
import { readYaml } from './yaml';

/** pubspec.lock of Dart and Flutter: https://dart.dev/tools/pub/package-layout#pubspec-lock */
export function readPubspecLock(source: string): LockfileContent {
  const {
    documents: [lock],
    problem,
  } = readYaml(source);
  if (!at(lock, 'packages')) throw new Error(problem ?? 'it has no "packages"');
  const packages = entriesAt(lock, 'packages').flatMap(([key, node]): Locked[] => {
    const version = textAt(node, 'version');
    if (version === undefined || textAt(node, 'source') !== 'hosted') return [];
    const asked = textAt(node, 'dependency') ?? '';
    const url = textAt(node, 'description', 'url');
    return [
      {
        name: textAt(node, 'description', 'name') ?? key,
        version,
        line: node.line,
        dev: asked === 'direct dev',
        direct: asked.startsWith('direct'),
        private: url !== undefined && !isPublic('Pub', url),
      },
    ];
  });
  return { packages, problem };
}
