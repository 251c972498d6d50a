import type { Locked, LockfileContent } from './locked';

/** mix.lock, an Elixir map with one package per line: https://hexdocs.pm/mix/Mix.Tasks.Deps.html */
export function readMixLock(source: string): LockfileContent {
  let problem: string | undefined;
  const packages = source.split('\n').flatMap((line, index): Locked[] => {
    const content = line.trim().replace(/^%\{\s*|\s*\}$/g, (edge) => (edge.includes('%') ? '' : edge));
    if (content === '' || /^[#}]/.test(content)) return [];
    const [, kind, rest = ''] = /^"[^"]+"\s*(?::|=>)\s*\{\s*:(\w+)\s*,\s*(.*)$/.exec(content) ?? [];
    const [, name, version] = /^:"?([\w.]+)"?\s*,\s*"([^"]+)"/.exec(rest) ?? [];
    if (kind === 'hex' && name !== undefined && version !== undefined) {
      // Old lockfiles name no repository, since there was only one. Organizations in the public repository are "hexpm:name".
      const repository = /\]\s*,\s*"([^"]+)"/.exec(rest)?.[1] ?? 'hexpm';
      return [{ name, version, line: index + 1, private: repository !== 'hexpm' }];
    }
    if (kind === undefined || kind === 'hex') problem ??= `it is damaged at line ${index + 1}`;
    return [];
  });
  if (!/%\{/.test(source)) throw new Error('it is not a mix lockfile');
  if (!/\}\s*$/.test(source)) problem ??= 'it is truncated';
  return { packages, problem };
}
