import type { Dependency } from '../../../src/engines/dependencies/packages/dependency';
import type { Ecosystem } from '../../../src/engines/dependencies/packages/versions';

/** A direct dependency of the lockfile `f`. */
export function dependency(ecosystem: Ecosystem, name: string, version: string): Dependency {
  return {
    ecosystem,
    name,
    version,
    lockfile: 'f',
    file: 'f',
    line: 1,
    column: 1,
    endColumn: 2,
    snippet: '',
    dev: false,
    direct: true,
    private: false,
  };
}
