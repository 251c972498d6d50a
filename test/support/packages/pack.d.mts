export function packVsix(target: string): Promise<string>;
export function packNpm(folder: string): Promise<string>;
