/** Measures once and hands it to all processes that this one starts. @param crowd how many times as long things take because of what else this one runs */
export function tellSlowness(crowd?: number): void;

/**
 * A limit that only catches what hangs.
 * @param ms what it would be on an idle machine, with room to spare
 * @returns in milliseconds
 */
export function patience(ms: number): number;
