export const root: string;
export const workFolder: string;
export const codeServerFolder: string;
export const platform: string;
export function vsixOf(target: string): string;
export const vsixFile: string;
export function onPath(name: string): string | undefined;
export function run(command: string, args: string[], options?: object): Promise<number>;
export function mustRun(command: string, args: string[], options?: object): Promise<void>;
