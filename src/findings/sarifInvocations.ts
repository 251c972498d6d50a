import type { GapKind } from '../protocol';
import type { Gaps } from './coverage';
import type { ArtifactLocation, Invocation, Notification, Run } from './sarifLog';
import { textOf } from './sarifMessage';
import { maskSecrets } from './secrets/maskSecrets';

interface RunContext {
  readonly tool: string;
  readonly gaps: Gaps;
  /** The path in the report for a file that the log names. */
  readonly pathOf: (location: ArtifactLocation | undefined) => string | undefined;
}

/** The parts of a run, besides its results, from which its findings are read. */
const findingParts = new Set([
  'driver',
  'extensions',
  'artifacts',
  'invocations',
  'logicalLocations',
  'threadFlowLocations',
]);

/** Reports problems that the tool mentions as gaps. @returns the first reason */
export function reportInvocations(
  run: Run,
  invocations: readonly Invocation[],
  { tool, gaps, pathOf }: RunContext,
): string | null {
  const elsewhere = run.externalPropertyFileReferences?.results ?? [];
  for (const part of elsewhere) {
    const name = textOfUri(part?.location);
    gaps.add('unread_report', tool, `Results are in another file, which was not read${name}.`);
  }
  const others = Object.keys(run.externalPropertyFileReferences ?? {}).filter((key) => findingParts.has(key));
  if (others.length > 0)
    gaps.add('unread_report', tool, `Parts of the run are in other files, which were not read: ${others.join(', ')}.`);
  if (run.results === null && elsewhere.length === 0)
    gaps.add('analyzer_failed', tool, `${tool} produced no results: an error kept it from scanning.`);
  const reasons = invocations.flatMap((invocation) => reportInvocation(invocation, { tool, gaps, pathOf }));
  return reasons[0] ?? null;
}

function reportInvocation(invocation: Invocation, { tool, gaps, pathOf }: RunContext): string[] {
  const failed = invocation.executionSuccessful === false;
  const said: string[] = [];
  const report = (notifications: Invocation['toolExecutionNotifications'], kindOf: (one: Notification) => GapKind) => {
    for (const one of notifications ?? []) {
      // The default level is warning (3.58.6); notes report what went well.
      if (!one || !['warning', 'error'].includes(one.level ?? 'warning')) continue;
      const text = textOf(one.message) ?? one.exception?.message ?? one.descriptor?.id ?? 'The tool gave no reason.';
      // Masked before it is cut, since half a secret would not be recognized.
      const reason = maskSecrets(text);
      const files = (one.locations ?? []).flatMap((at) => pathOf(at?.physicalLocation?.artifactLocation) ?? []);
      gaps.add(kindOf(one), tool, reason.slice(0, 1000), files);
      said.push(reason);
    }
  };
  report(invocation.toolExecutionNotifications, (one) =>
    failed && one.level === 'error' ? 'analyzer_failed' : (one.locations?.length ?? 0) > 0 ? 'unparsed' : 'unfinished',
  );
  report(invocation.toolConfigurationNotifications, () => 'rules_ignored');
  if (!failed) return said;
  const why = invocation.processStartFailureMessage ?? invocation.exitCodeDescription;
  const reason = why ?? `${tool} reported that its run failed.`;
  if (why !== undefined || said.length === 0) gaps.add('analyzer_failed', tool, reason);
  return [...(why === undefined ? [] : [why]), ...said, reason];
}

function textOfUri(location: ArtifactLocation | undefined): string {
  return location?.uri === undefined ? '' : `: ${location.uri.slice(0, 200)}`;
}
