export const toolPaths: Readonly<Record<'semgrep' | 'bandit' | 'pip-audit' | 'gitleaks', string>>;
export function installTools(): Promise<void>;

/** The program of pre-commit, once {@link installTools} has run. */
export declare const preCommitPath: string;
/** @throws as {@link installTools} */
export declare function installPreCommit(): Promise<void>;
