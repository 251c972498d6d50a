import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';
import { root } from '../support/repo.mjs';
import { lockfiles, manifests } from '../unit/support/lockfiles';
import { spdxShape } from '../unit/support/reportShapes';
import { codeagent } from './support/command';

interface CycloneDx {
  metadata: { component: { name: string }; properties?: { value: string }[] };
  components: {
    'bom-ref': string;
    name: string;
    group?: string;
    purl?: string;
    scope: string;
    version: string;
    licenses?: object[];
  }[];
  dependencies: { dependsOn?: string[] }[];
  compositions: { aggregate: string }[];
}
interface Spdx {
  packages: { SPDXID: string; name: string; licenseDeclared: string; externalRefs?: { referenceLocator: string }[] }[];
  relationships: { spdxElementId: string; relationshipType: string; relatedSpdxElement: string }[];
  hasExtractedLicensingInfos?: { licenseId: string; extractedText: string }[];
  creationInfo: { comment?: string };
}

/** The official schema of CycloneDX 1.6. */
async function cycloneDxShape(): Promise<ValidateFunction> {
  const schemas = join(root, 'node_modules/@cyclonedx/cyclonedx-library/res/schema');
  const read = async (name: string) =>
    JSON.parse(await readFile(join(schemas, `${name}.SNAPSHOT.schema.json`), 'utf8')) as object;
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  for (const name of ['spdx', 'jsf-0.82'])
    ajv.addSchema(await read(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  return ajv.compile(await read('bom-1.6'));
}

describe('codeagent sbom', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'codeagent-sbom-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  }
  async function sbom(...args: string[]): Promise<{ bom: unknown; told: string; code: number | null }> {
    const run = await codeagent(['sbom', folder, ...args]);
    return { bom: JSON.parse(run.stdout), told: run.stderr, code: run.code };
  }
  const cycloneDx = async (...args: string[]) => {
    const { bom, ...rest } = await sbom(...args);
    return { bom: bom as CycloneDx, ...rest };
  };
  const spdx = async () => {
    const { bom, ...rest } = await sbom('--format', 'spdx');
    return { bom: bom as Spdx, ...rest };
  };

  const npm = {
    'package.json': JSON.stringify(
      { name: 'app', dependencies: { '@a/b': '1', odd: '1' }, devDependencies: { mocha: '1' } },
      null,
      1,
    ),
    'package-lock.json': JSON.stringify({
      lockfileVersion: 3,
      packages: {
        '': { dependencies: { '@a/b': '1', odd: '1' }, devDependencies: { mocha: '1' } },
        'node_modules/@a/b': { version: '1.0.0', license: '(MIT OR Apache-2.0)' },
        'node_modules/odd': { version: '1.0.0', license: 'SEE LICENSE IN LICENSE.md' },
        'node_modules/old': { version: '1.0.0', license: { type: 'ISC', url: 'x' } },
        'node_modules/mocha': { version: '8.0.0', dev: true, license: 'MIT' },
        'node_modules/none': { version: '2.0.0' },
      },
    }),
    'composer.lock': JSON.stringify({
      packages: [
        {
          name: 'monolog/monolog',
          version: '2.0.0',
          license: ['MIT', 'GPL-2.0-or-later'],
          'notification-url': 'https://packagist.org/downloads/',
        },
      ],
    }),
  };

  it('CycloneDX: packages with their licenses, direct and for development', async () => {
    await write(npm);
    const { bom, code, told } = await cycloneDx();
    assert.deepEqual([code, told], [0, ''], told);
    const validate = await cycloneDxShape();
    assert.ok(validate(bom), JSON.stringify(validate.errors));
    assert.deepEqual(
      bom.components.map(({ purl, scope, licenses }) => [purl, scope, licenses?.[0]]),
      [
        ['pkg:composer/monolog/monolog@2.0.0', 'required', { expression: 'MIT OR GPL-2.0-or-later' }],
        ['pkg:npm/%40a/b@1.0.0', 'required', { expression: '(MIT OR Apache-2.0)' }],
        ['pkg:npm/mocha@8.0.0', 'excluded', { expression: 'MIT' }],
        ['pkg:npm/none@2.0.0', 'required', undefined],
        ['pkg:npm/odd@1.0.0', 'required', { license: { name: 'SEE LICENSE IN LICENSE.md' } }],
        ['pkg:npm/old@1.0.0', 'required', { expression: 'ISC' }],
      ],
    );
    assert.deepEqual(bom.components[1] && [bom.components[1].group, bom.components[1].name], ['@a', 'b']);
    assert.deepEqual(
      bom.dependencies[0]?.dependsOn?.filter((ref) => ref.startsWith('pkg:npm')),
      ['pkg:npm/%40a/b@1.0.0', 'pkg:npm/mocha@8.0.0', 'pkg:npm/odd@1.0.0'],
    );
  });

  it('SPDX: packages with their licenses, direct and for development', async () => {
    await write(npm);
    const { bom, told, code } = await spdx();
    assert.deepEqual([told, code], ['', 0]);
    assert.ok(spdxShape(bom), JSON.stringify(spdxShape.errors));
    const [extracted] = bom.hasExtractedLicensingInfos ?? [];
    assert.equal(extracted?.extractedText, 'SEE LICENSE IN LICENSE.md');
    assert.equal(bom.packages.find(({ name }) => name === 'odd')?.licenseDeclared, extracted.licenseId);
    assert.equal(bom.packages.find(({ name }) => name === 'none')?.licenseDeclared, 'NOASSERTION');
    const typeOf = (name: string) => {
      const id = bom.packages.find((one) => one.name === name)?.SPDXID;
      return bom.relationships.find((one) => [one.spdxElementId, one.relatedSpdxElement].includes(id ?? ''))
        ?.relationshipType;
    };
    assert.deepEqual(['@a/b', 'mocha', 'old'].map(typeOf), ['DEPENDS_ON', 'DEV_DEPENDENCY_OF', 'DEPENDENCY_OF']);
  });

  const lockOf = (packages: readonly { name: string; version?: string; license?: string }[]) => ({
    'package-lock.json': JSON.stringify({
      lockfileVersion: 3,
      packages: Object.fromEntries(
        packages.map(({ name, version = '1.0.0', license }) => [`node_modules/${name}`, { version, license }]),
      ),
    }),
  });

  it('SPDX: defines every license that is not on its list, whatever a lockfile calls it', async () => {
    const said = {
      one: 'LicenseRef-1',
      two: 'SEE LICENSE IN X',
      three: 'LicenseRef-Foo',
      four: 'DocumentRef-spdx:LicenseRef-Bar',
      five: '(MIT OR LicenseRef-2)',
      six: 'LicenseRef-3',
    };
    await write(lockOf(Object.entries(said).map(([name, license]) => ({ name, license }))));
    const { bom } = await spdx();
    assert.ok(spdxShape(bom), JSON.stringify(spdxShape.errors));
    const textOf = new Map(bom.hasExtractedLicensingInfos?.map((one) => [one.licenseId, one.extractedText]));
    assert.equal(textOf.size, bom.hasExtractedLicensingInfos?.length);
    for (const [name, license] of Object.entries(said))
      assert.equal(textOf.get(bom.packages.find((one) => one.name === name)?.licenseDeclared ?? ''), license);
  });

  it('distinguishes packages with nearly identical names or versions', async () => {
    await write({
      ...lockOf([{ name: 'JSONStream' }, { name: 'jsonstream' }, { name: '@Ab/C' }, { name: '@ab/c' }]),
      'mix.lock': `%{
  "Jason": {:hex, :Jason, "1.4.1", "aa", [:mix], [], "hexpm", "bb"},
  "jason": {:hex, :jason, "1.4.1", "aa", [:mix], [], "hexpm", "bb"},
}
`,
    });
    const { bom } = await cycloneDx();
    const validate = await cycloneDxShape();
    assert.ok(validate(bom), JSON.stringify(validate.errors));
    assert.deepEqual(
      bom.components.flatMap(({ purl }) => (purl?.startsWith('pkg:npm') ? [purl] : [])),
      ['pkg:npm/%40Ab/C@1.0.0', 'pkg:npm/%40ab/c@1.0.0', 'pkg:npm/JSONStream@1.0.0', 'pkg:npm/jsonstream@1.0.0'],
    );
    assert.equal(bom.components.length, 6);
    assert.equal(new Set(bom.components.map((one) => one['bom-ref'])).size, 6);
  });

  it('lists the packages of every supported lockfile, in both formats', async () => {
    await write({ ...manifests, ...Object.fromEntries(lockfiles.map(({ path, text }) => [path, text])) });
    const { bom } = await cycloneDx();
    const validate = await cycloneDxShape();
    assert.ok(validate(bom), JSON.stringify(validate.errors?.slice(0, 3)));
    const listed = new Set(
      bom.components.map(({ group, name, version }) =>
        `${group === undefined ? '' : `${group} `}${name} ${version}`.replace(/[ :/]/g, ' ').toLowerCase(),
      ),
    );
    // A go.sum is interpreted together with the go.mod next to it, which differs here.
    const wanted = lockfiles
      .filter(({ path }) => !path.endsWith('go.sum'))
      .flatMap(({ packages }) => packages)
      .map((one) => one.replace(/[ :/]/g, ' ').toLowerCase());
    assert.deepEqual(
      wanted.filter((one) => !listed.has(one)),
      [],
    );
    assert.deepEqual(
      bom.components.filter(({ purl }) => purl === undefined),
      [],
    );
    const { bom: document, told, code } = await spdx();
    assert.ok(spdxShape(document), JSON.stringify(spdxShape.errors?.slice(0, 3)));
    assert.equal(code, 0, told);
  });

  it('reports what could not be read, on stderr and in the document', async () => {
    await write({ ...npm, 'sub/package-lock.json': '{"name"', 'sub/package.json': '{}' });
    const { bom, told, code } = await cycloneDx('--strict');
    assert.equal(code, 4);
    assert.match(told, /A lockfile was not read: .*sub\/package-lock\.json/);
    assert.match(bom.metadata.properties?.[0]?.value ?? '', /A lockfile was not read/);
    assert.equal(bom.compositions[0]?.aggregate, 'incomplete');
    const { bom: document } = await spdx();
    assert.match(document.creationInfo.comment ?? '', /A lockfile was not read/);
  });

  it('is empty and valid for a folder without lockfiles, and refused without a folder', async () => {
    const { bom } = await cycloneDx();
    const validate = await cycloneDxShape();
    assert.ok(validate(bom), JSON.stringify(validate.errors));
    assert.deepEqual(bom.components, []);
    const run = await codeagent(['sbom', join(folder, 'nowhere')]);
    assert.deepEqual([run.code, run.stdout], [2, '']);
  });
});
