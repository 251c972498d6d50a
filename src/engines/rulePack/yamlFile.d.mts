import type * as z from 'zod';

/** Something wrong in a file. Lines count from 1. */
export interface Problem {
  readonly line: number;
  readonly level: 'error' | 'warning';
  readonly message: string;
}

/** A document of a YAML file, which begins at `line`. */
export interface YamlDocument<T> {
  readonly line: number;
  /** Undefined if it is not as its schema says. */
  readonly content?: T;
  readonly problems: readonly Problem[];
  /** The line of what stands at a path, or of what it should stand in. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

export function readYamlDocuments<T>(
  text: string,
  schema: z.ZodType<T>,
  options?: { readonly unknownKeys?: 'error' | 'warning' },
): YamlDocument<T>[];
