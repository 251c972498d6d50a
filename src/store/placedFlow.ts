import type { FlowStep, Issue } from '../protocol';
import type { FindingFile } from './fixCheck';
import { lineMap } from './lineMap';
import { place, type Placement } from './placement';

/** A step of a flow at its current place. */
export interface PlacedStep {
  readonly step: FlowStep;
  /** Whether its line is gone; `step` is then near its former place. */
  readonly stale: boolean;
  /** Whether the line is as the report has it, of a file that may have changed since. */
  readonly isUnsure: boolean;
}

/**
 * The steps of a finding's flow, each where its line is now.
 * @param fileOf the files of the steps, by path; undefined for one that cannot be read, whose steps stay where they were
 */
export function placedFlow(issue: Issue, fileOf: (path: string) => FindingFile | undefined): PlacedStep[] {
  const { flow = [], file, line } = issue;
  const maps = new Map<string, (line: number) => Placement>();
  return flow.map((step, at) => {
    const found = fileOf(step.file);
    if (!found) return { step, stale: false, isUnsure: false };
    // The finding's own line is known by its code too.
    const isOwn = found.isUnsure && at === flow.length - 1 && step.file === file && step.line === line;
    const map = maps.get(step.file) ?? lineMap(found.counted.lines, found.now.lines);
    maps.set(step.file, map);
    const placed = isOwn ? place(issue, found.now.lines) : map(step.line);
    return { step: movedStep(step, placed.line), stale: placed.stale, isUnsure: found.isUnsure && !isOwn };
  });
}

function movedStep(step: FlowStep, line: number): FlowStep {
  if (line === step.line) return step;
  const { end_line: endLine } = step;
  return { ...step, line, ...(endLine !== undefined && { end_line: Math.max(line, endLine + line - step.line) }) };
}
