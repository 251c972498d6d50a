export function rulePages(
  paths: { readonly rules: string; readonly fixtures: string; readonly pages: string; readonly models: string },
  tables: {
    readonly ruffRules: Readonly<Record<string, unknown>>;
    readonly taintRules: Readonly<Record<string, unknown>>;
    readonly renamedRules: Readonly<Record<string, string>>;
    readonly replacedRules: Readonly<Record<string, readonly string[]>>;
    readonly languages: readonly {
      readonly id: string;
      readonly names: readonly string[];
      readonly prefix: string;
      readonly fence: string;
    }[];
  },
): Promise<{ readonly rules: Readonly<Record<string, string>>; readonly tools: Readonly<Record<string, string>> }>;
