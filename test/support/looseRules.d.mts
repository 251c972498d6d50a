export function writeLooseRules(compiled: string, folder: string): Promise<void>;
