import type { FlowStep } from '../protocol';
import type { Result, Run } from './sarifLog';
import { textOf } from './sarifMessage';
import type { SarifPlaces } from './sarifPlaces';
import type { Place } from './sarifRegion';

/** Steps of a flow that are kept. */
const maxSteps = 200;

/** The flows of a result, with the steps that are in files. */
export function flowsOf(result: Result, run: Run, places: SarifPlaces, exact: boolean): FlowStep[][] {
  const threads = (result.codeFlows ?? []).flatMap((flow) => flow?.threadFlows ?? []);
  return threads.flatMap((thread) => {
    const steps = (thread?.locations ?? []).flatMap((given) => {
      const listed = given?.location === undefined ? run.threadFlowLocations?.[given?.index ?? -1] : given;
      const file = places.pathOf(listed?.location?.physicalLocation?.artifactLocation, exact);
      if (!listed || file === undefined) return [];
      const place = places.placeOf(listed.location?.physicalLocation?.region, file);
      const message = exact ? listed.location?.message?.text : textOf(listed.location?.message);
      return [
        {
          step: { file, ...place, ...(message !== undefined && { message }) },
          kinds: given?.kinds ?? listed.kinds ?? [],
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

/** The flow that ends where a finding is. The only place of a result gets its first flow otherwise. */
export function flowTo(
  flows: readonly FlowStep[][],
  file: string | undefined,
  { line }: Place,
  only: boolean,
): FlowStep[] | undefined {
  const ending = flows.find((steps) => steps.at(-1)?.file === file && steps.at(-1)?.line === line);
  return ending ?? (only ? flows[0] : undefined);
}

function roleOf(kinds: readonly (string | undefined)[], at: number, count: number): FlowStep['role'] {
  for (const role of ['source', 'sink', 'sanitizer', 'propagator'] as const) if (kinds.includes(role)) return role;
  return at === count - 1 ? 'sink' : at === 0 ? 'source' : 'propagator';
}
