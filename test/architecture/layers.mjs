// The layers (docs/architecture.md): which parts of src/ a part may import from. The linter's restricted imports (oxlint.config.mjs) and
// the tests (layers.test.ts) are derived from this table.

const floor1 = ['protocol', 'base'];
const floor2 = [...floor1, 'findings'];
const floor3 = [...floor2, 'sources'];
const floor4 = [...floor3, 'engines'];

/** Each part of src/ (a folder, or a top-level file) with the other parts that it may import from: those below it that it needs. */
export const layers = {
  protocol: [],
  base: [],
  findings: floor1,
  sources: floor2,
  engines: floor3,
  service: floor4,
  client: floor2,
  store: floor2,
  agents: floor2,
  ui: [...floor2, 'client', 'store', 'agents'],
  commandLine: [...floor4, 'service', 'client', 'agents'],
  'extension.ts': [...floor2, 'client', 'store', 'agents', 'ui'],
  'cli.ts': ['base'],
  'main.ts': [...floor1, 'commandLine'],
  // Browser code, outside the layers. Whatever it uses must run in a browser, too.
  webview: ['protocol', 'findings'],
};

const belowPorts = ['errors', 'job'];
const abovePorts = [...belowPorts, 'ports', 'pipeline'];

/**
 * Each part of src/service with the other parts that it may import from. Only runner.ts, and the commands that start it, know which
 * implementations of the ports exist.
 */
export const serviceParts = {
  errors: [],
  job: ['errors'],
  ports: belowPorts,
  local: [...belowPorts, 'ports'],
  cluster: [...belowPorts, 'ports'],
  pipeline: [...belowPorts, 'ports'],
  jobs: abovePorts,
  api: [...abovePorts, 'jobs'],
  'runner.ts': [...abovePorts, 'jobs', 'api', 'local'],
};

/** The parts above the ports that touch files or paths, and why: none of these are in the storage. */
export const serviceFiles = {
  'api/submitRoutes.ts': 'the name of the folder to scan',
  'pipeline/sources.ts': 'the checkout of a job',
  'pipeline/roots.ts': 'the folder to scan',
  'pipeline/checks.ts': 'the folder to scan',
  'pipeline/tryRule.ts': 'the examples of a rule',
  'runner.ts': 'the folders to scan',
};

/** Folders of src/engines that every engine may import from; no engine imports another. */
export const sharedByEngines = ['engine', 'rulePack', 'reading', 'codeFixes'];
