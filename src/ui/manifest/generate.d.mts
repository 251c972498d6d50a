/** Brings package.json, package.nls.json and ids.ts into step. @returns the files that were changed */
export function generateManifest(root: string): Promise<string[]>;
/** What those files should hold, by path. */
export function derive(root: string): Promise<Record<string, string>>;
