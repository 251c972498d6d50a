import type { FlowStep } from '../protocol';
import type { Message, Result, Run } from './sarifLog';
import type { SarifPlaces } from './sarifPlaces';
import type { Place } from './sarifRegion';

/** Maximum steps of a flow. */
const maxSteps = 200;

/** How to read texts of a result. */
export interface Reading {
  /** Whether the result is our own: its texts and paths are kept unchanged. */
  readonly exact: boolean;
  /** A message as text for people, with its arguments. */
  readonly said: (message: Message | undefined) => string | undefined;
}

/** The flows of a result, with the steps that are in files. */
export function flowsOf(result: Result, run: Run, places: SarifPlaces, { exact, said }: Reading): FlowStep[][] {
  const threads = (result.codeFlows ?? []).flatMap((flow) => flow?.threadFlows ?? []);
  return threads.flatMap((thread) => {
    const steps = (thread?.locations ?? []).flatMap((given) => {
      // Properties of a step may be listed once for the run, so that only the differences are here (3.38.2).
      const listed = run.threadFlowLocations?.[given?.index ?? -1];
      const location = { ...listed?.location, ...defined(given?.location) };
      const { physicalLocation } = location;
      const file = places.pathOf(physicalLocation?.artifactLocation, exact);
      if (file === undefined) return [];
      const place = places.placeOf(physicalLocation?.region ?? physicalLocation?.contextRegion, file);
      const message = exact ? location.message?.text : said(location.message);
      return [
        {
          step: { file, ...place, ...(message !== undefined && { message }) },
          kinds: given?.kinds ?? listed?.kinds ?? [],
        },
      ];
    });
    if (steps.length > maxSteps)
      places.warn(`the middle of flows with more than ${maxSteps} steps was left out.`, steps[0]?.step.file);
    const kept = steps.length > maxSteps ? [...steps.slice(0, maxSteps / 2), ...steps.slice(-maxSteps / 2)] : steps;
    return kept.length === 0
      ? []
      : [kept.map(({ step, kinds }, at) => ({ ...step, role: roleOf(kinds, at, kept.length) }))];
  });
}

/** The flow that ends at a finding. If the result has only one location, its first flow is the fallback. */
export function flowTo(
  flows: readonly FlowStep[][],
  file: string | undefined,
  { line }: Place,
  only: boolean,
): FlowStep[] | undefined {
  const ending = flows.find((steps) => steps.at(-1)?.file === file && steps.at(-1)?.line === line);
  return ending ?? (only ? flows[0] : undefined);
}

function defined<T extends object>(value: T | undefined): Partial<T> {
  const known = Object.entries(value ?? {}).filter(([, part]) => part !== undefined);
  return Object.fromEntries(known) as Partial<T>;
}

function roleOf(kinds: readonly (string | undefined)[], at: number, count: number): FlowStep['role'] {
  for (const role of ['source', 'sink', 'sanitizer', 'propagator'] as const) if (kinds.includes(role)) return role;
  return at === count - 1 ? 'sink' : at === 0 ? 'source' : 'propagator';
}
