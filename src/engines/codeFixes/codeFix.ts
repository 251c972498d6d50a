/** A piece of a file's text that a fix replaces: UTF-16 offsets. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Makes the fix of a match that takes more than a template: it depends on other places of the file, or changes them.
 * @param text of the whole file
 * @param from offset of the match, `to` of its end
 * @param file its path
 * @returns undefined where there is no fix that is sure to be right
 */
export type CodeFix = (text: string, from: number, to: number, file: string) => Replacement[] | undefined;
