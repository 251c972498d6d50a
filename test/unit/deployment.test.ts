import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2019 from 'ajv/dist/2019';
import type { AnySchema, ValidateFunction } from 'ajv';
import { parseAllDocuments, parse } from 'yaml';
import * as z from 'zod';
import { parseCommandLine } from '../../src/commandLine/args';
import { connections, readClusterConfig } from '../../src/service/cluster/config';
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
  depends_on: z.union([z.record(z.string(), z.unknown()), z.array(z.string())]).default({}),
});
const compose = z.looseObject({ services: z.record(z.string(), service), volumes: z.record(z.string(), z.unknown()) });
const replicated = z.object({ deploy: z.object({ replicas: z.number() }) });
const balanced = z.object({
  services: z.object({
    balancer: z.object({
      ports: z.array(z.string()),
      volumes: z.array(z.string()),
      depends_on: z.array(z.string()),
    }),
    api: replicated,
    worker: replicated,
  }),
});
const port = z.object({ containerPort: z.number() });
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.number() }) });
const container = z.looseObject({
  name: z.string(),
  args: z.array(z.string()),
  ports: z.array(port).default([]),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  lifecycle: z.object({ preStop: z.object({ exec: z.object({ command: z.array(z.string()) }) }) }).optional(),
});
const deployment = z.object({
  kind: z.literal('Deployment'),
  metadata: z.object({ name: z.string() }),
  spec: z.looseObject({
    replicas: z.number().optional(),
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
const serviceObject = z.object({
  kind: z.literal('Service'),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    selector: z.record(z.string(), z.string()),
    ports: z.array(z.object({ port: z.number(), targetPort: z.number() })),
  }),
});
const backend = z.object({ service: z.object({ name: z.string(), port: z.object({ number: z.number() }) }) });
const ingressObject = z.object({
  kind: z.literal('Ingress'),
  spec: z.object({
    tls: z.array(z.object({ hosts: z.array(z.string()) })),
    rules: z.array(z.object({ host: z.string(), http: z.object({ paths: z.array(z.object({ backend })) }) })),
  }),
});
const secretObject = z.object({
  kind: z.literal('Secret'),
  metadata: z.object({ name: z.string() }),
  stringData: z.record(z.string(), z.string()),
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
      const { depends_on } = one;
      for (const other of Array.isArray(depends_on) ? depends_on : Object.keys(depends_on))
        assert.ok(other in services, `${name} needs ${other}`);
      for (const volume of one.volumes.filter((from) => !from.startsWith('./')))
        assert.ok((volume.split(':')[0] ?? '') in volumes, `${name}: ${volume}`);
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

  it('is a compose file with one address for all nodes, behind a balancer that knows who is ready', () => {
    const found = balanced.parse(parse(yamlOf('Compose'), { merge: true }));
    const { balancer, api } = found.services;
    const [mapped = ''] = balancer.ports;
    assert.match(String(balancer.volumes), /^\.\/haproxy\.cfg:/);
    const [, content = ''] = /^Put this `haproxy\.cfg`.*\n\n```\n([^]*?)^```/m.exec(text) ?? [];
    assert.match(content, new RegExp(`^ *bind :${mapped.split(':')[1] ?? ''}$`, 'm'));
    assert.match(content, /^ *server-template \S+ \d+ api:8844$/m);
    assert.match(content, /^ *http-check send .*uri \/ready /m);
    const asked = /^ *default-server .*\bresolvers (\S+)/m.exec(content)?.[1];
    assert.match(content, new RegExp(`^ *resolvers ${asked ?? ''}$`, 'm'));
    assert.deepEqual(balancer.depends_on, ['api']);
    // PostgreSQL's own default.
    const { worker } = found.services;
    const used = api.deploy.replicas * connections.node + worker.deploy.replicas * connections.worker;
    assert.ok(used < 97, String(used));
  });

  it('is Kubernetes manifests with probes that somebody answers', () => {
    const documents: unknown[] = parseAllDocuments(yamlOf('Kubernetes')).map((one) => one.toJS() as unknown);
    const problems = validator('kubernetes');
    const scaled = documents.filter((one) => scaledObject.safeParse(one).success);
    const others = documents.filter((one) => !scaled.includes(one));
    for (const one of others) assert.deepEqual(problems(one), []);
    const [first] = others;
    assert.notDeepEqual(problems({ ...(first as object), specs: {} }), []);
    assert.notDeepEqual(problems({ ...(first as object), kind: 'Ingress' }), []);
    const deployments = others.flatMap((one) => deployment.safeParse(one).data ?? []);
    const [service] = others.flatMap((one) => serviceObject.safeParse(one).data ?? []);
    const [ingress] = others.flatMap((one) => ingressObject.safeParse(one).data ?? []);
    assert.deepEqual([deployments.length, scaled.length, others.length], [2, 1, 5]);
    assert.ok(service && ingress);
    const [api] = deployments;
    assert.deepEqual(service.spec.selector, api?.spec.template.metadata.labels);
    const [served] = service.spec.ports;
    assert.equal(served?.targetPort, api?.spec.template.spec.containers[0]?.ports[0]?.containerPort);
    const [rule] = ingress.spec.rules;
    assert.deepEqual(ingress.spec.tls[0]?.hosts, [rule?.host]);
    assert.deepEqual(
      rule?.http.paths.map(({ backend }) => backend.service),
      [{ name: service.metadata.name, port: { number: served?.port } }],
    );
    for (const { metadata, spec } of deployments) {
      const { template } = spec;
      assert.deepEqual(spec.selector.matchLabels, template.metadata.labels);
      for (const { args } of template.spec.initContainers) parseCommandLine(args);
      for (const { args, ports, livenessProbe, readinessProbe, lifecycle } of template.spec.containers) {
        parseCommandLine(args);
        const listens = Number(args[args.indexOf('--port') + 1]);
        // The kubelet's requests come from outside the pod.
        assert.equal(args[args.indexOf('--host') + 1], '0.0.0.0', metadata.name);
        assert.deepEqual(ports, [{ containerPort: listens }]);
        assert.deepEqual(livenessProbe?.httpGet, { path: '/health', port: listens });
        assert.deepEqual(readinessProbe?.httpGet, { path: '/ready', port: listens });
        const seconds = Number(lifecycle?.preStop.exec.command[1] ?? 0);
        // Only nodes are sent requests. They have 10 s to end those.
        assert.equal(seconds > 0, args[0] === 'serve');
        assert.ok(template.spec.terminationGracePeriodSeconds >= seconds + 15);
      }
      assert.ok(template.spec.terminationGracePeriodSeconds >= 30);
    }
    const { spec } = scaledObject.parse(scaled[0]);
    assert.ok(deployments.some(({ metadata }) => metadata.name === spec.scaleTargetRef.name));
    const nodes = (api?.spec.replicas ?? 0) + 1;
    const used = nodes * connections.node + spec.maxReplicaCount * connections.worker;
    const most = Number(/`max_connections = (\d+)`/.exec(text)?.[1]);
    assert.ok(used <= most - 3 && most < 2 * used, `${used} of ${most}`);
  });

  it('is a secret that says where the cluster is', async () => {
    const documents: unknown[] = parseAllDocuments(yamlOf('Kubernetes')).map((one) => one.toJS() as unknown);
    const [secret] = documents.flatMap((one) => secretObject.safeParse(one).data ?? []);
    assert.ok(secret);
    const config = await readClusterConfig('-', secret.stringData);
    assert.equal(config.blobs.bucket, 'codeagent');
    assert.ok('CODEAGENT_TOKEN' in secret.stringData);
    const used = [...yamlOf('Kubernetes').matchAll(/secretRef: \{ name: (\S+) \}/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(used)], [secret.metadata.name]);
    assert.equal(used.length, 3);
  });
});
