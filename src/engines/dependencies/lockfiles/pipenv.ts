import { readJson } from './json';
import { versionProblem, type Locked, type LockfileContent } from './locked';
import { at, entriesAt, textAt } from './node';
import { isPublic } from './registries';

/** Pipfile.lock: https://pipenv.pypa.io */
export function readPipfileLock(source: string): LockfileContent {
  const {
    documents: [lock],
    problem,
  } = readJson(source);
  const sections = entriesAt(lock).filter(([section]) => section !== '_meta');
  if (!at(lock, '_meta') && !at(lock, 'default') && !at(lock, 'develop'))
    throw new Error(problem ?? 'it is not a pipenv lockfile');
  const sources = at(lock, '_meta', 'sources')?.items ?? [];
  const isPrivate = (index: string | undefined) => {
    // Without an index, it comes from the first one.
    const found = index === undefined ? sources[0] : sources.find((one) => textAt(one, 'name') === index);
    const url = textAt(found, 'url');
    return url !== undefined && !isPublic('PyPI', url);
  };
  // Besides `default` and `develop`, users can define their own categories.
  const packages = sections.flatMap(([section, node]) =>
    entriesAt(node).flatMap(([name, entry]): Locked[] => {
      const version = /^={2,3}\s*([^\s*]+)$/.exec(textAt(entry, 'version') ?? '')?.[1];
      if (version === undefined) return [];
      if (['git', 'hg', 'svn', 'bzr', 'path', 'file', 'editable', 'url'].some((key) => at(entry, key))) return [];
      const dev = section === 'develop';
      return [{ name, version, line: entry.line, dev, private: isPrivate(textAt(entry, 'index')) }];
    }),
  );
  return { packages, problem: problem ?? versionProblem(textAt(lock, '_meta', 'pipfile-spec'), /^6$/) };
}
