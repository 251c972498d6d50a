export const toolPaths: Readonly<Record<'semgrep' | 'bandit' | 'pip-audit' | 'gitleaks', string>>;
export function installTools(): Promise<void>;
