// The rooms of the house (docs/architecture.md): which parts of src/ a part may import from. The linter's restricted imports (eslint.config.mjs) and the tests
// (layers.test.ts) come from this table.

const foundation = ['protocol', 'base'];
const report = [...foundation, 'findings'];
const source = [...report, 'sources'];
const engine = [...source, 'engines'];

/** Each part of src/ (a folder, or a file at its top) with the other parts that it may import from. */
export const layers = {
  protocol: [],
  base: ['protocol'],
  findings: foundation,
  sources: report,
  engines: source,
  service: engine,
  client: report,
  store: report,
  webview: ['protocol'],
  ui: [...report, 'client', 'store'],
  commandLine: [...engine, 'service', 'client'],
  'extension.ts': [...report, 'client', 'store', 'ui'],
  'cli.ts': [...foundation, 'commandLine'],
};
