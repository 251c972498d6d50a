import { isGenerated } from './generated';

/** Why the inventory left a file or a whole folder out. */
export type SkipReason =
  | 'ignored'
  | 'excluded'
  | 'vendored'
  | 'build_output'
  | 'minified'
  | 'generated'
  | 'too_large'
  | 'too_deep'
  | 'too_many'
  | 'binary'
  | 'link'
  | 'not_a_file'
  | 'bad_name'
  /** Left out by a sparse checkout. */
  | 'not_checked_out'
  | 'unreadable';

/** Folders with third-party code or with tools' data. */
const vendoredFolders = new Set([
  'node_modules',
  'bower_components',
  'jspm_packages',
  'vendor',
  'vendored',
  'third_party',
  'third-party',
  'site-packages',
  'virtualenv',
  '.venv',
  'venv',
  '.virtualenv',
  '.yarn',
  '.pnpm-store',
  'Pods',
  '.bundle',
  '.git',
  '.hg',
  '.svn',
  '.jj',
  '.terraform',
]);

/** Folders that always hold build output. */
const madeFolders = new Set([
  'dist',
  '__pycache__',
  '.next',
  '.nuxt',
  '.output',
  '.svelte-kit',
  '.angular',
  '.parcel-cache',
  '.turbo',
  '.nyc_output',
  '.tox',
  '.nox',
  '.mypy_cache',
  '.ruff_cache',
  '.pytest_cache',
  '.gradle',
  '.vscode-test',
  '.egg-info',
  'htmlcov',
  'coverage',
]);

/** Folders that usually hold build output; what git tracks in them is source. */
const mostlyMadeFolders = new Set(['build', 'out', 'target', 'bin', 'obj', '_build']);

/** Why a folder of this name is not scanned. */
export function folderSkip(name: string, listedByGit: boolean): SkipReason | undefined {
  if (vendoredFolders.has(name)) return 'vendored';
  if (madeFolders.has(name) || name.endsWith('.egg-info')) return 'build_output';
  return !listedByGit && mostlyMadeFolders.has(name) ? 'build_output' : undefined;
}

/** Why a file of this name is not scanned. */
export function nameSkip(name: string): SkipReason | undefined {
  // Control characters, invalid UTF-8, and names that mean another path on other systems.
  if (/[\p{Cc}\uFFFD\\]/u.test(name) || /^[A-Za-z]:/.test(name)) return 'bad_name';
  if (/[.-]min\.(js|mjs|cjs|css)$|\.(bundle|chunk)\.(js|css)$|\.(js|css|mjs|cjs)\.map$/i.test(name)) return 'minified';
  return undefined;
}

/**
 * Why a file with this content is not scanned.
 * @param pieces the rest of a large file, in samples
 */
export function contentSkip(
  name: string,
  head: Uint8Array,
  size: number,
  pieces: readonly Uint8Array[],
): SkipReason | undefined {
  const utf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (!utf16 && head.includes(0)) return 'binary';
  if (/\.(js|mjs|cjs|css)$/i.test(name) && size > 8192 && head.length >= 4096) {
    let lines = 1;
    for (const byte of head) if (byte === 10) lines += 1;
    if (head.length / lines > 1000) return 'minified';
  }
  if (isGenerated(name, [head, ...pieces])) return 'generated';
  return undefined;
}
