import { gapLine } from '../../../findings/coverage';
import type { Bom, BomPackage } from './bom';

const rootRef = 'root';

/** A CycloneDX 1.6 document: https://cyclonedx.org/docs/1.6/json/ */
export function cycloneDx({ name, packages, gaps, toolVersion, created, id }: Bom): object {
  const components = withRefs(packages);
  const direct = components.flatMap(([ref, one]) => (one.direct ? [ref] : []));
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
    components: components.map(componentOf),
    // Lockfiles do not say for every package who requires it.
    dependencies: [{ ref: rootRef, ...(direct.length > 0 && { dependsOn: direct }) }],
    compositions: [
      // Whether a package comes from elsewhere than a registry cannot be determined from the files.
      { aggregate: gaps.length > 0 ? 'incomplete' : 'unknown', assemblies: [rootRef] },
      { aggregate: 'incomplete', dependencies: [rootRef] },
    ],
  };
}

/** Each package with its bom-ref: its purl, unless another package has the same one, which happens if names differ only in case. */
function withRefs(packages: readonly BomPackage[]): [ref: string, BomPackage][] {
  const counts = new Map<string | undefined, number>();
  for (const { purl } of packages) counts.set(purl, (counts.get(purl) ?? 0) + 1);
  return packages.map((one) => {
    const { purl, ecosystem, name, version } = one;
    const isOwn = purl !== undefined && counts.get(purl) === 1;
    return [isOwn ? purl : JSON.stringify([ecosystem, name, version]), one];
  });
}

function componentOf([ref, one]: [ref: string, BomPackage]): object {
  const { name, version, purl, license, dev, ecosystem } = one;
  const at = name.lastIndexOf(ecosystem === 'Maven' ? ':' : '/');
  const hasGroup = at > 0 && ['npm', 'Maven', 'Packagist'].includes(ecosystem);
  return {
    type: 'library',
    'bom-ref': ref,
    ...(hasGroup && { group: name.slice(0, at) }),
    name: hasGroup ? name.slice(at + 1) : name,
    version,
    // Development dependencies are not part of the running product.
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
