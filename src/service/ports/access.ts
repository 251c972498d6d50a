/** What a token allows: to read, to submit jobs and decide on findings, to configure the service. `admin` allows everything. */
export const scopes = ['read', 'submit', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** Who makes a request. */
export interface Caller {
  /** Identifies the token; neither the token nor derived from it alone. */
  readonly id: string;
  /** The token's name; null for the only one of a service without named tokens. */
  readonly name: string | null;
  readonly scopes: readonly Scope[];
}

/** The tokens of a service, and the sessions of browsers that were started with them. */
export interface Access {
  /** Whose token it is; undefined for a wrong or revoked one. @throws ApiError UNAVAILABLE */
  withToken(token: string): Promise<Caller | undefined>;

  /** The caller with an id; undefined once the token was revoked. @throws ApiError UNAVAILABLE */
  withId(id: string): Promise<Caller | undefined>;

  /** Signs the cookies of sessions: the same in all processes of the service, and no secret can be learned from what it returns. */
  sign(text: string): string;

  /** Ends a session before its time (ms since 1970). */
  endSession(id: string, until: number): Promise<void>;

  hasEnded(session: string): Promise<boolean>;
}
