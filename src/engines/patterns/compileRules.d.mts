export interface RuleMetadata {
  readonly title: string;
  readonly severity: string;
  readonly request_severity?: string;
  readonly confidence: string;
  readonly cwe: readonly string[];
  readonly owasp: readonly string[];
  readonly suggestion: string;
  readonly help_url: string;
  readonly fix?: { readonly title: string; readonly safe: boolean; readonly import?: string };
}
export interface Rule {
  readonly id: string;
  readonly group: string;
  readonly languages: string[];
  readonly message: string;
  readonly metadata: RuleMetadata;
  /** The matchers of its folder, by name. */
  readonly shared: Readonly<Record<string, unknown>>;
}
export function readRules(sourceDir: string, wanted?: (id: string) => boolean): Promise<Rule[]>;
export function compileRules(sourceDir: string, outDir: string, wanted?: (id: string) => boolean): Promise<number>;
