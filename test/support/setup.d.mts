export function setup(options: { browser: boolean; tools?: boolean }): Promise<{ chromium: string | undefined }>;
export function findChromium(): string | undefined;
export const serverNode: string;
/** By their paths, such as node_modules/zod; '' is the root. */
export function packagesForBuilding(): Readonly<Record<string, object>>;
