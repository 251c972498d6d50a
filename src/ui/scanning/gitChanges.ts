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
  getBranches(query: { remote: boolean }): Promise<readonly { readonly name?: string }[]>;
}
interface Change {
  readonly uri: vscode.Uri;
  readonly status: number;
}
const untracked = 7;

/** The changed files in a folder's repository, from VS Code's Git extension. */
export class GitChanges {
  private constructor(private readonly repository: Repository) {}

  /** @throws CodedError NO_GIT if the folder is not in a repository, or Git is disabled */
  static async of(folder: vscode.WorkspaceFolder): Promise<GitChanges> {
    const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
    if (!extension) throw new CodedError('NO_GIT', vscode.l10n.t('Git is disabled in VS Code.'));
    const git = (await extension.activate()).getAPI(1);
    // It may not have discovered the repository yet.
    const repository = git.getRepository(folder.uri) ?? (await git.openRepository(folder.uri));
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
