import * as z from 'zod';

/**
 * The part of SARIF 2.1.0 (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/) that findings are read from. Tools do not follow it strictly, so
 * malformed parts count as missing without affecting the rest; {@link malformedParts} lists them.
 */

/** Missing if malformed. */
const maybe = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);
/** Malformed elements become undefined but keep their index, by which others are referenced. */
const list = <T extends z.ZodType>(schema: T) => maybe(z.array(maybe(schema)));
const string = maybe(z.string());
/** Any integer: many logs use -1 and 0 for "unknown". */
const whole = maybe(
  z.union([
    z.int(),
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  ]),
);
const bagOfAny = maybe(z.record(z.string(), z.unknown()));

const text = z.object({ text: string, markdown: string, id: string, arguments: list(z.coerce.string()) });
export type Message = z.infer<typeof text>;
const strings = maybe(z.record(z.string(), maybe(text)));

const artifactLocation = z.object({ uri: string, uriBaseId: string, index: whole });
export type ArtifactLocation = z.infer<typeof artifactLocation>;

const region = z.object({
  startLine: whole,
  startColumn: whole,
  endLine: whole,
  endColumn: whole,
  charOffset: whole,
  charLength: whole,
  byteOffset: whole,
  byteLength: whole,
  snippet: maybe(text),
});
export type Region = z.infer<typeof region>;

const logicalLocation = z.object({ fullyQualifiedName: string, name: string, index: whole });
const location = z.object({
  physicalLocation: maybe(
    z.object({ artifactLocation: maybe(artifactLocation), region: maybe(region), contextRegion: maybe(region) }),
  ),
  logicalLocations: list(logicalLocation),
  logicalLocation: maybe(logicalLocation),
  message: maybe(text),
});
export type Location = z.infer<typeof location>;

const reference = z.object({
  id: string,
  index: whole,
  guid: string,
  toolComponent: maybe(z.object({ index: whole, name: string, guid: string })),
});
export type Reference = z.infer<typeof reference>;

const configuration = z.object({ level: string, rank: maybe(z.number()) });
const rule = z.object({
  id: string,
  guid: string,
  name: string,
  shortDescription: maybe(text),
  fullDescription: maybe(text),
  messageStrings: strings,
  helpUri: string,
  help: maybe(text),
  defaultConfiguration: maybe(configuration),
  properties: bagOfAny,
  relationships: list(z.object({ target: maybe(reference) })),
});
export type Rule = z.infer<typeof rule>;

const component = z.object({
  name: string,
  guid: string,
  version: string,
  semanticVersion: string,
  rules: list(rule),
  taxa: list(rule),
  globalMessageStrings: strings,
});
export type Component = z.infer<typeof component>;

const flowStep = z.object({ location: maybe(location), index: whole, kinds: list(z.string()) });
export type FlowStep = z.infer<typeof flowStep>;

const suppression = z.object({
  kind: string,
  status: string,
  /** The name of `status` before 2.1.0 was final. */
  state: string,
  justification: string,
  properties: bagOfAny,
});

/** A result. Each is read separately. */
export const sarifResult = z.object({
  ruleId: string,
  ruleIndex: whole,
  rule: maybe(reference),
  kind: string,
  level: string,
  rank: maybe(z.number()),
  baselineState: string,
  message: maybe(text),
  properties: bagOfAny,
  taxa: list(reference),
  suppressions: list(suppression),
  analysisTarget: maybe(artifactLocation),
  partialFingerprints: maybe(z.record(z.string(), string)),
  fingerprints: maybe(z.record(z.string(), string)),
  locations: list(location),
  codeFlows: list(z.object({ threadFlows: list(z.object({ locations: list(flowStep) })) })),
  fixes: list(
    z.object({
      description: maybe(text),
      properties: bagOfAny,
      artifactChanges: list(
        z.object({
          artifactLocation: maybe(artifactLocation),
          replacements: list(
            z.object({
              deletedRegion: maybe(region),
              insertedContent: maybe(z.object({ text: string, binary: string })),
            }),
          ),
        }),
      ),
    }),
  ),
  provenance: maybe(z.object({ invocationIndex: whole })),
});
export type Result = z.infer<typeof sarifResult>;

const notification = z.object({
  level: string,
  message: maybe(text),
  locations: list(location),
  descriptor: maybe(reference),
  exception: maybe(z.object({ message: string })),
});
export type Notification = z.infer<typeof notification>;

const invocation = z.object({
  executionSuccessful: maybe(z.boolean()),
  exitCodeDescription: string,
  processStartFailureMessage: string,
  toolExecutionNotifications: list(notification),
  toolConfigurationNotifications: list(notification),
  ruleConfigurationOverrides: list(z.object({ descriptor: maybe(reference), configuration: maybe(configuration) })),
});
export type Invocation = z.infer<typeof invocation>;

const run = z.object({
  tool: maybe(z.object({ driver: maybe(component), extensions: list(component) })),
  columnKind: string,
  taxonomies: list(component),
  originalUriBaseIds: maybe(z.record(z.string(), maybe(artifactLocation))),
  artifacts: list(
    z.object({
      location: maybe(artifactLocation),
      contents: maybe(z.object({ text: string, binary: string })),
      hashes: maybe(z.record(z.string(), string)),
    }),
  ),
  versionControlProvenance: list(z.object({ revisionId: string })),
  logicalLocations: list(logicalLocation),
  threadFlowLocations: list(flowStep),
  invocations: list(invocation),
  externalPropertyFileReferences: maybe(
    z.object({ results: list(z.object({ location: maybe(artifactLocation), itemCount: whole })) }).loose(),
  ),
  /** Each is read separately. Null means that the tool failed to produce any. */
  results: z.array(z.unknown()).nullish().catch(undefined),
});
export type Run = z.infer<typeof run>;
export const sarifRun = run;

export const sarifLog = z.object({
  runs: z.array(z.unknown()).nullable(),
  /** Some tools put them here, next to the runs. */
  invocations: list(invocation),
  properties: bagOfAny,
});

/**
 * The malformed parts of a value, as paths without indexes: `locations.physicalLocation`.
 * @param raw as received
 * @param read as parsed by a schema of this file
 */
export function malformedParts(raw: unknown, read: unknown, path = ''): string[] {
  if (raw === read) return [];
  if (read === undefined) return raw === undefined || raw === null ? [] : [path];
  if (Array.isArray(read) && Array.isArray(raw)) return read.flatMap((one, at) => malformedParts(raw[at], one, path));
  if (!isObject(read) || !isObject(raw)) return [];
  return Object.keys(read).flatMap((key) => malformedParts(raw[key], read[key], path === '' ? key : `${path}.${key}`));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
