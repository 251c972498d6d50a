// The requirements of the report formats' schemas, transcribed: none of them is available as a package.
import Ajv, { type ValidateFunction } from 'ajv';

const ajv = new Ajv({ strict: false, allErrors: true });
const text = { type: 'string', minLength: 1 };
const web = { type: 'string', pattern: '^https?://.+' };
const object = (required: Record<string, object>, optional: Record<string, object> = {}) => ({
  type: 'object',
  required: Object.keys(required),
  properties: { ...required, ...optional },
});
const listOf = (items: object, more: object = {}) => ({ type: 'array', items, ...more });

const time = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$' };
const gitlabTool = object({ id: text, name: text, version: text, vendor: object({ name: text }) }, { url: web });
const dependency = object({ package: object({ name: { type: 'string' } }), version: { type: 'string' } });
const lines = { start_line: { type: 'number' }, end_line: { type: 'number' } };
const gitlabLocations = {
  sast: object({}, { file: { type: 'string' }, ...lines }),
  secret_detection: object({ commit: object({ sha: text }) }, { file: { type: 'string' }, ...lines }),
  dependency_scanning: object({ file: text, dependency }),
};

/**
 * Version 15 of https://gitlab.com/gitlab-org/security-products/security-report-schemas (as of GitLab's own copies in
 * lib/gitlab/ci/parsers/security/validators/schemas/15.0.x).
 */
export function gitlabShape(type: keyof typeof gitlabLocations): ValidateFunction {
  const vulnerability = object(
    {
      id: text,
      identifiers: listOf(object({ type: text, name: text, value: text }, { url: web }), { minItems: 1 }),
      location: gitlabLocations[type],
    },
    {
      name: { type: 'string', maxLength: 255 },
      description: { type: 'string', maxLength: 1048576 },
      severity: { enum: ['Info', 'Unknown', 'Low', 'Medium', 'High', 'Critical'] },
      solution: { type: 'string', maxLength: 7000 },
      links: listOf(object({ url: web }, { name: { type: 'string' } })),
      tracking: object({
        type: { const: 'source' },
        items: listOf(
          object(
            {
              signatures: listOf(object({ algorithm: { type: 'string' }, value: { type: 'string' } }), { minItems: 1 }),
            },
            { file: { type: 'string' }, ...lines },
          ),
        ),
      }),
    },
  );
  const file = object({ path: text, package_manager: text, dependencies: listOf(dependency) });
  return ajv.compile(
    object(
      {
        version: { type: 'string', pattern: '^15\\.\\d+\\.\\d+$' },
        scan: object(
          {
            analyzer: gitlabTool,
            scanner: gitlabTool,
            start_time: time,
            end_time: time,
            status: { enum: ['success', 'failure'] },
            type: { const: type },
          },
          { messages: listOf(object({ level: { enum: ['info', 'warn', 'fatal'] }, value: text })) },
        ),
        vulnerabilities: listOf(vulnerability),
        ...(type === 'dependency_scanning' && { dependency_files: listOf(file) }),
      },
      { schema: web },
    ),
  );
}

const whole = { type: 'integer', minimum: 1 };

/** https://github.com/codeclimate/platform/blob/master/spec/analyzers/SPEC.md, with what https://docs.gitlab.com/ci/testing/code_quality requires of it. */
export const codeClimateShape = ajv.compile(
  listOf(
    object(
      {
        type: { const: 'issue' },
        check_name: text,
        description: text,
        categories: listOf({ enum: ['Security'] }, { minItems: 1 }),
        fingerprint: { type: 'string', pattern: '^[0-9a-f]{32}$' },
        severity: { enum: ['info', 'minor', 'major', 'critical', 'blocker'] },
        location: object({
          path: { type: 'string', pattern: '^[^/]' },
          lines: object({ begin: whole, end: whole }),
        }),
      },
      { content: object({ body: text }) },
    ),
  ),
);

const place = { ...object({ line: whole }, { column: whole }), additionalProperties: false };
const range = { ...object({ start: place }, { end: place }), additionalProperties: false };
const location = { ...object({ path: text }, { range }), additionalProperties: false };

/** DiagnosticResult of https://github.com/reviewdog/reviewdog/blob/master/proto/rdf/reviewdog.proto; protojson refuses unknown fields. */
export const rdjsonShape = ajv.compile({
  ...object({
    source: { ...object({ name: text }, { url: web }), additionalProperties: false },
    diagnostics: listOf({
      ...object(
        { message: text, location, severity: { enum: ['UNKNOWN_SEVERITY', 'ERROR', 'WARNING', 'INFO'] } },
        {
          source: { ...object({ name: { type: 'string' } }), additionalProperties: false },
          code: { ...object({ value: { type: 'string' } }, { url: web }), additionalProperties: false },
          suggestions: listOf({ ...object({ range, text: { type: 'string' } }), additionalProperties: false }),
          relatedLocations: listOf({
            ...object({ location }, { message: { type: 'string' } }),
            additionalProperties: false,
          }),
        },
      ),
      additionalProperties: false,
    }),
  }),
  additionalProperties: false,
});

const spdxId = { type: 'string', pattern: '^SPDXRef-[a-zA-Z0-9.-]+$' };
/** A license expression, or none known. */
const license = { type: 'string', pattern: '^[A-Za-z0-9.()+ -]+$' };
const onlyThese = (shape: object) => ({ ...shape, additionalProperties: false });

/** https://github.com/spdx/spdx-spec/blob/v2.3/schemas/spdx-schema.json, with the clauses of the specification on ids and times. */
export const spdxShape = ajv.compile(
  onlyThese(
    object(
      {
        spdxVersion: { const: 'SPDX-2.3' },
        dataLicense: { const: 'CC0-1.0' },
        SPDXID: { const: 'SPDXRef-DOCUMENT' },
        name: text,
        documentNamespace: { type: 'string', pattern: '^https?://[^#]+$' },
        creationInfo: onlyThese(
          object(
            {
              created: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$' },
              creators: listOf({ type: 'string', pattern: '^Tool: [^ ]+-[^ ]+$' }, { minItems: 1 }),
            },
            { comment: { type: 'string' } },
          ),
        ),
        packages: listOf(
          onlyThese(
            object(
              {
                SPDXID: spdxId,
                name: text,
                downloadLocation: { const: 'NOASSERTION' },
                filesAnalyzed: { const: false },
                licenseConcluded: license,
                licenseDeclared: license,
                copyrightText: text,
              },
              {
                versionInfo: text,
                primaryPackagePurpose: { const: 'APPLICATION' },
                sourceInfo: text,
                externalRefs: listOf(
                  onlyThese(
                    object({
                      referenceCategory: { const: 'PACKAGE-MANAGER' },
                      referenceType: { const: 'purl' },
                      referenceLocator: { type: 'string', pattern: '^pkg:[a-z]+/\\S+@\\S+$' },
                    }),
                  ),
                ),
              },
            ),
          ),
        ),
        relationships: listOf(
          onlyThese(
            object({
              spdxElementId: spdxId,
              relationshipType: { enum: ['DESCRIBES', 'DEPENDS_ON', 'DEPENDENCY_OF', 'DEV_DEPENDENCY_OF'] },
              relatedSpdxElement: spdxId,
            }),
          ),
        ),
      },
      {
        hasExtractedLicensingInfos: listOf(
          onlyThese(
            object({
              licenseId: { type: 'string', pattern: '^LicenseRef-[a-zA-Z0-9.-]+$' },
              extractedText: text,
              name: text,
            }),
          ),
        ),
      },
    ),
  ),
);
