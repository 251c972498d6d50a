import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Severity } from '../../../protocol';
import { brief, cwesIn, severityOfScore, type ReportedIssue } from './tool';

const text = z.object({
  text: z.string().optional(),
  id: z.string().optional(),
  arguments: z.array(z.string()).optional(),
});
const properties = z
  .object({ 'security-severity': z.union([z.string(), z.number()]), tags: z.array(z.string()).catch([]) })
  .partial()
  .optional()
  .catch(undefined);
const location = z.object({ uri: z.string(), uriBaseId: z.string(), index: z.number().int() }).partial();
const rule = z.object({
  id: z.string(),
  shortDescription: text.optional(),
  fullDescription: text.optional(),
  messageStrings: z.record(z.string(), text).optional(),
  help: text.optional(),
  helpUri: z.string().optional(),
  defaultConfiguration: z.object({ level: z.string().optional() }).optional(),
  properties,
  relationships: z.array(z.object({ target: z.object({ id: z.string().optional() }) })).optional(),
});
type Rule = z.infer<typeof rule>;

/** The part of SARIF 2.1.0 (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/) that findings are made of. */
const log = z.object({
  version: z.string().startsWith('2.1'),
  runs: z.array(
    z.object({
      tool: z.object({
        driver: z.object({ rules: z.array(rule).optional() }),
        extensions: z.array(z.object({ rules: z.array(rule).optional() })).optional(),
      }),
      originalUriBaseIds: z.record(z.string(), location).optional(),
      artifacts: z.array(z.object({ location: location.optional() })).optional(),
      results: z
        .array(
          z.object({
            ruleId: z.string().optional(),
            ruleIndex: z.number().int().optional(),
            rule: z
              .object({
                id: z.string().optional(),
                index: z.number().int().optional(),
                toolComponent: z.object({ index: z.number().int().optional() }).optional(),
              })
              .optional(),
            kind: z.string().optional(),
            level: z.string().optional(),
            baselineState: z.string().optional(),
            message: text,
            properties,
            taxa: z.array(z.object({ id: z.string().optional() })).optional(),
            suppressions: z.array(z.object({ status: z.string().optional() })).nullish(),
            locations: z
              .array(
                z.object({
                  physicalLocation: z
                    .object({
                      artifactLocation: location.optional(),
                      region: z
                        .object({
                          startLine: z.number().int().positive(),
                          startColumn: z.number().int().positive(),
                          endLine: z.number().int().positive(),
                          endColumn: z.number().int().positive(),
                        })
                        .partial()
                        .optional(),
                    })
                    .optional(),
                }),
              )
              .optional(),
          }),
        )
        .nullish(),
    }),
  ),
});
type Run = z.infer<typeof log>['runs'][number];
type Result = NonNullable<Run['results']>[number];

/**
 * Reads any tool's SARIF. Results that passed, were suppressed or are gone since the last run are no findings, nor is one without a file.
 * @throws ZodError, SyntaxError when it is not SARIF 2.1
 */
export function readSarif(content: string): ReportedIssue[] {
  const { runs } = log.parse(JSON.parse(content.replace(/^\uFEFF/, '')));
  return runs.flatMap((run) => (run.results ?? []).flatMap((result) => issueOf(run, result) ?? []));
}

function issueOf(run: Run, result: Result): ReportedIssue | undefined {
  if (result.kind !== undefined && !['fail', 'open', 'review'].includes(result.kind)) return undefined;
  if (result.baselineState === 'absent') return undefined;
  // A suppression without a status is an accepted one.
  if (result.suppressions?.some(({ status = 'accepted' }) => status === 'accepted')) return undefined;
  const place = result.locations?.[0]?.physicalLocation;
  const file = place?.artifactLocation && pathOf(run, place.artifactLocation);
  if (file === undefined) return undefined;
  const found = ruleOf(run, result);
  const region = place?.region ?? {};
  const line = region.startLine ?? 1;
  const cwe = cwesIn(
    [
      ...(found?.properties?.tags ?? []),
      ...(result.properties?.tags ?? []),
      ...(found?.relationships ?? []).map(({ target }) => target.id ?? ''),
      ...(result.taxa ?? []).map(({ id }) => id ?? ''),
    ].filter((tag) => /cwe/i.test(tag)),
  );
  const help = found?.helpUri;
  return {
    type: 'security',
    message: messageOf(result, found),
    severity: severity(result, found),
    file,
    line,
    rule_id: result.ruleId ?? result.rule?.id ?? found?.id ?? 'unnamed',
    ...(region.startColumn !== undefined && { column: region.startColumn }),
    ...(region.endLine !== undefined && { end_line: Math.max(line, region.endLine) }),
    ...(region.endColumn !== undefined && { end_column: region.endColumn }),
    ...(cwe.length > 0 && { cwe }),
    ...(help !== undefined && /^https?:/.test(help) && { help_url: help }),
  };
}

function ruleOf({ tool }: Run, result: Result): Rule | undefined {
  const extension = result.rule?.toolComponent?.index;
  const rules = (extension === undefined ? tool.driver : tool.extensions?.[extension])?.rules ?? [];
  const index = result.rule?.index ?? result.ruleIndex;
  if (index !== undefined && index >= 0 && rules[index]) return rules[index];
  const id = result.ruleId ?? result.rule?.id;
  const all = [tool.driver, ...(tool.extensions ?? [])].flatMap((component) => component.rules ?? []);
  // `CA1000/1` is a case of the rule `CA1000` (3.52.4).
  return all.find((one) => one.id === id) ?? all.find((one) => id?.startsWith(`${one.id}/`));
}

function messageOf({ message }: Result, found: Rule | undefined): string {
  const template = message.text ?? (message.id === undefined ? undefined : found?.messageStrings?.[message.id]?.text);
  const filled = template?.replace(/\{(\d+)\}/g, (all, index: string) => message.arguments?.[Number(index)] ?? all);
  return brief(
    filled ?? found?.shortDescription?.text ?? found?.fullDescription?.text ?? found?.id ?? 'A finding.',
    1000,
  );
}

function severity(result: Result, found: Rule | undefined): Severity {
  const score = Number(result.properties?.['security-severity'] ?? found?.properties?.['security-severity'] ?? NaN);
  if (score > 0) return severityOfScore(score);
  const level = result.level ?? found?.defaultConfiguration?.level ?? 'warning';
  return level === 'error' ? 'high' : level === 'warning' ? 'medium' : 'low';
}

/** A path, absolute or relative to the folder that the tool ran in. */
function pathOf(run: Run, given: z.infer<typeof location>): string | undefined {
  const artifact =
    given.uri === undefined && given.index !== undefined ? run.artifacts?.[given.index]?.location : given;
  if (artifact?.uri === undefined) return undefined;
  const base = artifact.uriBaseId === undefined ? undefined : run.originalUriBaseIds?.[artifact.uriBaseId]?.uri;
  try {
    if (/^file:/i.test(artifact.uri)) return fileURLToPath(artifact.uri);
    if (base !== undefined && /^file:/i.test(base)) return fileURLToPath(new URL(artifact.uri, base));
    // Any other scheme is no file of this folder. One letter is a drive of Windows, in the output of tools that write paths for URIs.
    if (/^[a-z][a-z0-9+.-]+:/i.test(artifact.uri)) return undefined;
    return decodeURIComponent(artifact.uri);
  } catch {
    // Not escaped as a URI is: many tools write the path as it is.
    return artifact.uri;
  }
}
