/** A piece of a file's text that a fix replaces: UTF-16 offsets. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Creates a fix that needs more than a template, because it depends on or changes other parts of the file.
 * @param text of the whole file
 * @param from offset of the match, `to` of its end
 * @param file its path
 * @returns undefined if no fix is certain to be right
 */
export type CodeFix = (text: string, from: number, to: number, file: string) => Replacement[] | undefined;
