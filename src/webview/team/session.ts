const key = 'codeagent.token';

/** The token, kept for this tab only. */
export class Session {
  token(): string | undefined {
    return sessionStorage.getItem(key) ?? undefined;
  }

  keep(token: string): void {
    sessionStorage.setItem(key, token);
  }

  forget(): void {
    sessionStorage.removeItem(key);
  }
}
