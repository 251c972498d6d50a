import type * as z from 'zod';

export const languageSuffix: Readonly<Record<string, string>>;

/** A team's rule, as its file says it. */
export interface CustomRuleSource {
  readonly id: string;
  readonly language: readonly string[];
  readonly message: string;
  readonly severity?: 'error' | 'warning' | 'info' | 'hint' | undefined;
  readonly note?: string | undefined;
  readonly url?: string | undefined;
  readonly metadata: {
    readonly title?: string | undefined;
    readonly severity?: 'critical' | 'high' | 'medium' | 'low' | undefined;
    readonly confidence?: 'high' | 'medium' | 'low' | undefined;
    readonly cwe?: readonly string[] | undefined;
    readonly owasp?: readonly string[] | undefined;
    readonly suggestion?: string | undefined;
    readonly help_url?: string | undefined;
    readonly fix?:
      | { readonly title?: string | undefined; readonly safe: boolean; readonly import?: string | undefined }
      | undefined;
  };
  readonly rule: object;
  readonly constraints?: object | undefined;
  readonly utils?: Readonly<Record<string, unknown>> | undefined;
  readonly transform?: object | undefined;
  readonly rewriters?: readonly object[] | undefined;
  readonly fix?: unknown;
  readonly files?: readonly string[] | undefined;
  readonly ignores?: readonly string[] | undefined;
  readonly examples?:
    | readonly {
        readonly bad?: string | undefined;
        readonly good?: string | undefined;
        readonly language?: string | undefined;
      }[]
    | undefined;
}
export const customRuleSource: z.ZodType<CustomRuleSource>;
