import { gapLine } from '../../../findings/coverage';
import type { Bom, BomPackage } from './bom';

const rootRef = 'root';

/** A CycloneDX 1.6 document: https://cyclonedx.org/docs/1.6/json/ */
export function cycloneDx({ name, packages, gaps, toolVersion, created, id }: Bom): object {
  const direct = packages.filter((one) => one.direct).map(refOf);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${id}`,
    version: 1,
    metadata: {
      timestamp: created,
      lifecycles: [{ phase: 'pre-build' }],
      tools: { components: [{ type: 'application', name: 'codeagent', version: toolVersion }] },
      component: { type: 'application', name, 'bom-ref': rootRef },
      ...(gaps.length > 0 && { properties: gaps.map((gap) => ({ name: 'codeagent:gap', value: gapLine(gap) })) }),
    },
    components: packages.map(componentOf),
    // Lockfiles do not tell of every package who asks for it.
    dependencies: [{ ref: rootRef, ...(direct.length > 0 && { dependsOn: direct }) }],
    compositions: [
      // Whether something comes from somewhere else than a registry cannot be known from what was read.
      { aggregate: gaps.length > 0 ? 'incomplete' : 'unknown', assemblies: [rootRef] },
      { aggregate: 'incomplete', dependencies: [rootRef] },
    ],
  };
}

function refOf({ purl, ecosystem, name, version }: BomPackage): string {
  return purl ?? `${ecosystem}:${name}@${version}`;
}

function componentOf(one: BomPackage): object {
  const { name, version, purl, license, dev, ecosystem } = one;
  const at = name.lastIndexOf(ecosystem === 'Maven' ? ':' : '/');
  const hasGroup = at > 0 && ['npm', 'Maven', 'Packagist'].includes(ecosystem);
  return {
    type: 'library',
    'bom-ref': refOf(one),
    ...(hasGroup && { group: name.slice(0, at) }),
    name: hasGroup ? name.slice(at + 1) : name,
    version,
    // Development dependencies are no part of what runs.
    scope: dev ? 'excluded' : 'required',
    ...(license && {
      licenses: 'expression' in license ? [{ expression: license.expression }] : [{ license: { name: license.text } }],
    }),
    ...(purl !== undefined && { purl }),
    evidence: {
      occurrences: one.places.map(({ file, line, lockfile }) =>
        file === lockfile ? { location: file, line } : { location: file, line, additionalContext: lockfile },
      ),
    },
  };
}
