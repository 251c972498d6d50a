import type { Fix, FlowStep } from '../protocol';

/** `src/a.py:12` */
export function placeOfStep({ file, line }: FlowStep): string {
  return `${file}:${line}`;
}

/** A step of a flow on one line: `source src/a.py:12: Comes from the request`. */
export function stepLine(step: FlowStep): string {
  const said = step.message?.trim();
  return `${step.role} ${placeOfStep(step)}${said ? `: ${said}` : ''}`;
}

/** What a fix does, on one line. */
export function fixLine({ title, edits, safe }: Fix): string {
  const files = new Set(edits.map(({ file }) => file ?? '')).size;
  const what = title?.trim() || (edits.length === 1 ? '1 edit' : `${edits.length} edits`);
  return `Fix: ${what}${files > 1 ? ` in ${files} files` : ''}${safe === false ? ' (may change what the code does)' : ''}`;
}
