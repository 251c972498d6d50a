import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2019 from 'ajv/dist/2019';
import type { AnySchema, ValidateFunction } from 'ajv';
import { parseAllDocuments, parse } from 'yaml';
import * as z from 'zod';
import { parseCommandLine } from '../../src/commandLine/args';
import { readClusterConfig } from '../../src/service/cluster/config';
import { root } from '../support/repo.mjs';

/** The errors of a document according to a schema in test/fixtures/deployment. */
function validator(name: string): (document: unknown) => string[] {
  const path = join(root, 'test', 'fixtures', 'deployment', `${name}.schema.json`);
  // The schemas are third-party, and formats such as `int32` are not checked.
  const ajv = new Ajv2019({ strict: false, validateFormats: false, allErrors: true });
  const check: ValidateFunction = ajv.compile(JSON.parse(readFileSync(path, 'utf8')) as AnySchema);
  return (document) => {
    if (check(document)) return [];
    return (check.errors ?? []).map(
      ({ instancePath, message = '', params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}

const text = readFileSync(join(root, 'docs', 'cluster.md'), 'utf8');
/** The YAML of a section. */
function yamlOf(section: string): string {
  const [, found] = new RegExp(`^## ${section}\\n\\n\`\`\`yaml\\n([^]*?)^\`\`\``, 'm').exec(text) ?? [];
  assert.ok(found !== undefined, section);
  return found;
}

const service = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.unknown()).default({}),
});
const compose = z.looseObject({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.unknown()) });
const port = z.object({ containerPort: z.number() });
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.number() }) });
const container = z.looseObject({
  name: z.string(),
  args: z.array(z.string()),
  ports: z.array(port).default([]),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
});
const deployment = z.object({
  kind: z.literal('Deployment'),
  metadata: z.object({ name: z.string() }),
  spec: z.looseObject({
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        terminationGracePeriodSeconds: z.number(),
        containers: z.array(container),
        initContainers: z.array(container).default([]),
      }),
    }),
  }),
});
const scaledObject = z.strictObject({
  apiVersion: z.literal('keda.sh/v1alpha1'),
  kind: z.literal('ScaledObject'),
  metadata: z.strictObject({ name: z.string() }),
  spec: z.strictObject({
    scaleTargetRef: z.strictObject({ name: z.string() }),
    minReplicaCount: z.number(),
    maxReplicaCount: z.number(),
    // KEDA's own scaler for Prometheus accepts only strings.
    triggers: z.array(
      z.strictObject({
        type: z.literal('prometheus'),
        metadata: z.strictObject({ serverAddress: z.url(), query: z.string(), threshold: z.string() }),
      }),
    ),
  }),
});

describe('the examples in docs/cluster.md', () => {
  it('include a configuration that the cluster accepts', async () => {
    const [, found = ''] = /^## cluster\.json\n\n```jsonc\n([^]*?)^```/m.exec(text) ?? [];
    const { mkdtemp, rm, writeFile } = await import('node:fs/promises');
    const { tmpdir } = await import('node:os');
    const folder = await mkdtemp(join(tmpdir(), 'codeagent-docs-'));
    try {
      await writeFile(join(folder, 'cluster.json'), found);
      const { retention } = await readClusterConfig(join(folder, 'cluster.json'), {});
      assert.equal(retention.jobs, 10_000);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('include a compose file with existing services, arguments and variables', async () => {
    const found: unknown = parse(yamlOf('Compose'), { merge: true });
    const problems = validator('compose');
    assert.deepEqual(problems(found), []);
    assert.notDeepEqual(problems({ services: { a: { imagee: 'x' } } }), []);
    const { services, volumes } = compose.parse(found);
    for (const [name, one] of Object.entries(services)) {
      for (const other of Object.keys(one.depends_on)) assert.ok(other in services, `${name} needs ${other}`);
      for (const volume of one.volumes) assert.ok((volume.split(':')[0] ?? '') in volumes, `${name}: ${volume}`);
      if (one.image !== 'codeagent') continue;
      parseCommandLine(one.command);
      const values = Object.entries(one.environment).map(([key, value]) => [
        key,
        value.replace(/\$\{\w+\}/g, 'a-secret-of-16-characters'),
      ]);
      const config = await readClusterConfig('-', Object.fromEntries(values) as NodeJS.ProcessEnv);
      for (const url of [config.redis, config.postgres, config.blobs.endpoint ?? ''])
        assert.ok(new URL(url).hostname in services, url);
      // The image's own health check uses this port.
      const args = one.command;
      if (args[0] !== 'migrate') assert.equal(args[args.indexOf('--port') + 1], '8844', name);
    }
  });

  it('include Kubernetes manifests with working probes', () => {
    const documents: unknown[] = parseAllDocuments(yamlOf('Kubernetes')).map((one) => one.toJS() as unknown);
    const problems = validator('kubernetes-deployment');
    const deployments = documents.flatMap((one) => deployment.safeParse(one).data ?? []);
    const scaled = documents.filter((one) => scaledObject.safeParse(one).success);
    assert.deepEqual([deployments.length, scaled.length], [2, 1]);
    assert.equal(documents.length, 3);
    for (const one of documents.slice(0, 2)) assert.deepEqual(problems(one), []);
    const [first] = documents;
    assert.notDeepEqual(problems({ ...(first as object), specs: {} }), []);
    for (const { metadata, spec } of deployments) {
      const { template } = spec;
      assert.deepEqual(spec.selector.matchLabels, template.metadata.labels);
      for (const { args } of template.spec.initContainers) parseCommandLine(args);
      for (const { args, ports, livenessProbe, readinessProbe } of template.spec.containers) {
        parseCommandLine(args);
        const listens = Number(args[args.indexOf('--port') + 1]);
        // The kubelet's requests come from outside the pod.
        assert.equal(args[args.indexOf('--host') + 1], '0.0.0.0', metadata.name);
        assert.deepEqual(ports, [{ containerPort: listens }]);
        assert.deepEqual(livenessProbe?.httpGet, { path: '/health', port: listens });
        assert.deepEqual(readinessProbe?.httpGet, { path: '/ready', port: listens });
      }
      assert.ok(template.spec.terminationGracePeriodSeconds >= 30);
    }
    const { spec } = scaledObject.parse(documents[2]);
    assert.ok(deployments.some(({ metadata }) => metadata.name === spec.scaleTargetRef.name));
  });
});
