import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import { CodedError } from '../../base/errors';

/** The part we use of the API of VS Code's Git extension (its `git.d.ts`, version 1). */
interface GitExtension {
  getAPI(version: 1): {
    getRepository(uri: vscode.Uri): Repository | null;
    openRepository(uri: vscode.Uri): Promise<Repository | null>;
  };
}
interface Repository {
  readonly state: { readonly untrackedChanges?: readonly Change[]; readonly workingTreeChanges: readonly Change[] };
  status(): Promise<void>;
  diffWithHEAD(): Promise<readonly Change[]>;
  diffWith(ref: string): Promise<readonly Change[]>;
  /** Git's `ls-tree`; rejects if the commit has no such file. */
  getObjectDetails(treeish: string, path: string): Promise<{ readonly object: string }>;
  getBranches(query: { remote: boolean }): Promise<readonly { readonly name?: string }[]>;
}
interface Change {
  readonly uri: vscode.Uri;
  readonly status: number;
}
const untracked = 7;

/**
 * Whether a file is what a commit has, byte by byte, as far as VS Code's Git extension can tell.
 * @param content as it is on disk
 */
export async function isCommitted(file: vscode.Uri, commit: string, content: Uint8Array): Promise<boolean> {
  let object: string | undefined;
  try {
    object = (await (await repositoryOf(file))?.getObjectDetails(commit, file.fsPath))?.object;
  } catch {
    // Git is disabled, the commit is not here, or it has no such file.
  }
  if (object === undefined) return false;
  // An id of 40 digits is a SHA-1, one of 64 a SHA-256.
  const hash = createHash(object.length === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${content.length}\0`).update(content).digest('hex') === object;
}

/** @throws CodedError NO_GIT if Git is disabled */
async function repositoryOf(uri: vscode.Uri): Promise<Repository | undefined> {
  const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
  if (!extension) throw new CodedError('NO_GIT', vscode.l10n.t('Git is disabled in VS Code.'));
  const git = (await extension.activate()).getAPI(1);
  // It may not have discovered the repository yet.
  return git.getRepository(uri) ?? (await git.openRepository(uri)) ?? undefined;
}

/** The changed files in a folder's repository, from VS Code's Git extension. */
export class GitChanges {
  private constructor(private readonly repository: Repository) {}

  /** @throws CodedError NO_GIT if the folder is not in a repository, or Git is disabled */
  static async of(folder: vscode.WorkspaceFolder): Promise<GitChanges> {
    const repository = await repositoryOf(folder.uri);
    if (!repository) throw new CodedError('NO_GIT', vscode.l10n.t('{0} is not in a Git repository.', folder.name));
    return new GitChanges(repository);
  }

  /** Names of the local and remote branches. */
  async branches(): Promise<string[]> {
    return (await this.repository.getBranches({ remote: true })).flatMap(({ name }) => name ?? []);
  }

  /** Files that differ from a commit or branch, including untracked ones. @param ref HEAD by default */
  async files(ref?: string): Promise<vscode.Uri[]> {
    await this.repository.status();
    const { state } = this.repository;
    const untrackedFiles = [...(state.untrackedChanges ?? []), ...state.workingTreeChanges].filter(
      ({ status }) => status === untracked,
    );
    const changed = await (ref === undefined ? this.repository.diffWithHEAD() : this.repository.diffWith(ref));
    return [...changed, ...untrackedFiles].map(({ uri }) => uri);
  }
}
