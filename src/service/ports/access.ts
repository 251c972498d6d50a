/** What a token allows: reading, submitting jobs and deciding on findings, or configuring the service. `admin` allows everything. */
export const scopes = ['read', 'submit', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** The sender of a request. */
export interface Caller {
  /** Identifies the token; neither the token itself nor derived from it alone. */
  readonly id: string;
  /** The token's name; null for the only one of a service without named tokens. */
  readonly name: string | null;
  readonly scopes: readonly Scope[];
}

/** The tokens of a service, and the browser sessions that were started with them. */
export interface Access {
  /** The caller with a token; undefined for an invalid or revoked one. @throws ApiError UNAVAILABLE */
  withToken(token: string): Promise<Caller | undefined>;

  /** The caller with an id; undefined once the token was revoked. @throws ApiError UNAVAILABLE */
  withId(id: string): Promise<Caller | undefined>;

  /** Signs session cookies: the same in all processes of the service, without revealing a secret. */
  sign(text: string): string;

  /** Ends a session before it expires (ms since 1970). */
  endSession(id: string, until: number): Promise<void>;

  hasEnded(session: string): Promise<boolean>;
}
