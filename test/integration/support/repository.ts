import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeTree, type Tree } from './service';

/** A real git repository on disk. */
export interface TestRepository {
  readonly folder: string;
  /** A file:// URL. */
  readonly url: string;
  git(...args: string[]): string;
  /** @returns the commit's full id */
  commit(tree: Tree, message?: string): Promise<string>;
  dispose(): Promise<void>;
}

export async function makeRepository(): Promise<TestRepository> {
  const parent = await mkdtemp(join(tmpdir(), 'codeagent-repository-'));
  const folder = join(parent, 'sample.git');
  await mkdir(folder);
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false', ...args],
      {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    ).trim();
  git('init', '--quiet', '--initial-branch=main');
  return {
    folder,
    url: pathToFileURL(folder).href,
    git,
    async commit(tree, message = 'change') {
      await writeTree(folder, tree);
      git('add', '--all');
      git('commit', '--quiet', '-m', message);
      return git('rev-parse', 'HEAD');
    },
    dispose: () => rm(parent, { recursive: true, force: true }),
  };
}
