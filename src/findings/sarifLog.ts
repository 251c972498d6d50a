import * as z from 'zod';

/**
 * The part of SARIF 2.1.0 (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/) that findings are made of. Tools are loose with the rest of it:
 * what is wrong in a detail counts as missing.
 */

/** Missing when it is not what it should be. */
const maybe = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

const text = z.object({
  text: maybe(z.string()),
  markdown: maybe(z.string()),
  id: maybe(z.string()),
  arguments: maybe(z.array(z.string())),
});
const propertyBag = z
  .object({ 'security-severity': maybe(z.union([z.string(), z.number()])), tags: maybe(z.array(z.string())) })
  .loose();
const index = maybe(z.number().int().nonnegative());
const location = z.object({ uri: maybe(z.string()), uriBaseId: maybe(z.string()), index });
export type ArtifactLocation = z.infer<typeof location>;
const reference = z.object({
  id: maybe(z.string()),
  index,
  toolComponent: maybe(z.object({ index, name: maybe(z.string()) })),
});
const rule = z.object({
  id: z.string(),
  shortDescription: maybe(text),
  fullDescription: maybe(text),
  messageStrings: maybe(z.record(z.string(), text)),
  help: maybe(text),
  helpUri: maybe(z.string()),
  defaultConfiguration: maybe(z.object({ level: maybe(z.string()) })),
  properties: maybe(propertyBag),
  relationships: maybe(z.array(z.object({ target: reference }))),
});
export type Rule = z.infer<typeof rule>;

const component = z.object({
  name: maybe(z.string()),
  version: maybe(z.string()),
  semanticVersion: maybe(z.string()),
  /** One that cannot be read keeps its place: results name rules by their index. */
  rules: maybe(z.array(rule.or(z.unknown().transform(() => undefined)))),
});
export type Component = z.infer<typeof component>;

const position = maybe(z.number().int().positive());
const offset = maybe(z.number().int().nonnegative());
const region = z.object({
  startLine: position,
  startColumn: position,
  endLine: position,
  endColumn: position,
  charOffset: offset,
  charLength: offset,
  snippet: maybe(text),
});

export const sarifResult = z.object({
  ruleId: maybe(z.string()),
  ruleIndex: index,
  rule: maybe(reference),
  kind: maybe(z.string()),
  level: maybe(z.string()),
  baselineState: maybe(z.string()),
  message: maybe(text),
  properties: maybe(propertyBag),
  taxa: maybe(z.array(reference)),
  suppressions: maybe(z.array(z.object({ status: maybe(z.string()), state: maybe(z.string()) }))),
  analysisTarget: maybe(location),
  partialFingerprints: maybe(z.record(z.string(), z.string())),
  fingerprints: maybe(z.record(z.string(), z.string())),
  locations: maybe(
    z.array(
      z.object({
        physicalLocation: maybe(z.object({ artifactLocation: maybe(location), region: maybe(region) })),
        logicalLocations: maybe(z.array(z.object({ fullyQualifiedName: maybe(z.string()), name: maybe(z.string()) }))),
      }),
    ),
  ),
  fixes: maybe(
    z.array(
      z.object({
        artifactChanges: z.array(
          z.object({
            artifactLocation: location,
            replacements: z.array(
              z.object({ deletedRegion: region, insertedContent: maybe(z.object({ text: maybe(z.string()) })) }),
            ),
          }),
        ),
      }),
    ),
  ),
});
export type Result = z.infer<typeof sarifResult>;

const run = z.object({
  tool: z.object({ driver: component, extensions: maybe(z.array(component)) }),
  originalUriBaseIds: maybe(z.record(z.string(), location)),
  artifacts: maybe(z.array(z.object({ location: maybe(location) }))),
  invocations: maybe(
    z.array(
      z.object({
        executionSuccessful: maybe(z.boolean()),
        toolExecutionNotifications: maybe(z.array(z.object({ message: maybe(text) }))),
      }),
    ),
  ),
  /** Each is read by itself, so that one that cannot be read costs no other. */
  results: z.array(z.unknown()).nullish(),
});
export type Run = z.infer<typeof run>;

export const sarifLog = z.object({ version: z.string(), runs: z.array(run), properties: maybe(propertyBag) });
