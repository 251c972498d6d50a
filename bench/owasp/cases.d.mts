/** One handler; `bad` when it has the defect of its category. */
export interface Case {
  readonly name: string;
  readonly category: string;
  readonly bad: boolean;
  readonly text: string;
}

export function cases(unseen: boolean): Case[];
