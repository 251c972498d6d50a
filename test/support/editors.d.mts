export function findEditor(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  exists: (path: string) => boolean,
): string | undefined;
export function spawnable(
  command: string[],
  platform: NodeJS.Platform,
): { command: string; args: string[]; shell: boolean };
export function browserCommand(
  url: string,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string[] | undefined;
