export const languageSuffix: Readonly<Record<string, string>>;
export function readRules(
  sourceDir: string,
): Promise<{ readonly id: string; readonly group: string; readonly languages: string[] }[]>;
export function compileRules(sourceDir: string, outDir: string): Promise<number>;
