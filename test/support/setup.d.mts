export function setup(options: { browser: boolean; tools?: boolean }): Promise<{ chromium: string | undefined }>;
export function findChromium(): string | undefined;
export const serverNode: string;
