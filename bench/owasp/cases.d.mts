/** One handler; `bad` when it has the defect of its category. */
export interface Case {
  readonly name: string;
  readonly category: string;
  readonly bad: boolean;
  readonly text: string;
}

/** Code of a case; `unseen` if it is held back. */
export interface Shape {
  readonly code: string;
  readonly imports?: string;
  readonly unseen?: boolean;
}

/** What cases are made of in a language: see flows.mjs and sinks.mjs. */
export interface Language {
  readonly extension: string;
  readonly sources: readonly Shape[];
  readonly flows: readonly {
    readonly tainted?: string;
    readonly safe?: string;
    readonly imports?: string;
    readonly module?: string;
    readonly unseen?: boolean;
  }[];
  readonly categories: Readonly<
    Record<
      string,
      {
        readonly cwes: number[];
        readonly flow?: boolean;
        readonly bad: readonly Shape[];
        readonly good: readonly Shape[];
      }
    >
  >;
  /** A file with the case in it, which has its name. */
  page(
    name: string,
    parts: {
      imports: readonly (string | undefined)[];
      module?: string | undefined;
      source: string;
      flow: string;
      sink: string;
    },
  ): string;
}

export const python: Language;

/** @param language Python by default */
export function cases(unseen: boolean, language?: Language): Case[];
