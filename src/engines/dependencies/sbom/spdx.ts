import { gapLine } from '../../../findings/coverage';
import type { Bom, BomPackage } from './bom';

const documentId = 'SPDXRef-DOCUMENT';
const rootId = 'SPDXRef-Root';
const unknown = 'NOASSERTION';

/** An SPDX 2.3 document: https://spdx.github.io/spdx-spec/v2.3/ */
export function spdx({ name, packages, gaps, toolVersion, created, id }: Bom): object {
  const texts = [...new Set(packages.flatMap(({ license }) => (license && 'text' in license ? [license.text] : [])))];
  const refOf = (text: string) => `LicenseRef-${texts.indexOf(text) + 1}`;
  const ids = packages.map((one, at) => `SPDXRef-${at + 1}-${one.name.replace(/[^\w.-]+/g, '-').replace(/_/g, '-')}`);
  const said = gaps.map(gapLine);
  const common = { downloadLocation: unknown, filesAnalyzed: false, licenseConcluded: unknown, copyrightText: unknown };
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: documentId,
    name,
    documentNamespace: `https://spdx.org/spdxdocs/codeagent-${id}`,
    creationInfo: {
      created,
      creators: [`Tool: codeagent-${toolVersion}`],
      ...(said.length > 0 && { comment: `Not everything could be read. ${said.join(' ')}` }),
    },
    packages: [
      { SPDXID: rootId, name, ...common, licenseDeclared: unknown, primaryPackagePurpose: 'APPLICATION' },
      ...packages.map((one, at) => ({
        SPDXID: ids[at],
        name: one.name,
        versionInfo: one.version,
        ...common,
        licenseDeclared: declared(one, refOf),
        ...(one.purl !== undefined && {
          externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: one.purl }],
        }),
        sourceInfo: `Named by ${[...new Set(one.places.map(({ lockfile }) => lockfile))].join(', ')}.`,
      })),
    ],
    ...(texts.length > 0 && {
      hasExtractedLicensingInfos: texts.map((text) => ({ licenseId: refOf(text), extractedText: text, name: text })),
    }),
    relationships: [
      { spdxElementId: documentId, relationshipType: 'DESCRIBES', relatedSpdxElement: rootId },
      ...packages.map(({ dev, direct }, at) =>
        direct && !dev
          ? { spdxElementId: rootId, relationshipType: 'DEPENDS_ON', relatedSpdxElement: ids[at] }
          : {
              spdxElementId: ids[at],
              relationshipType: dev ? 'DEV_DEPENDENCY_OF' : 'DEPENDENCY_OF',
              relatedSpdxElement: rootId,
            },
      ),
    ],
  };
}

function declared({ license }: BomPackage, refOf: (text: string) => string): string {
  if (!license) return unknown;
  return 'expression' in license ? license.expression : refOf(license.text);
}
