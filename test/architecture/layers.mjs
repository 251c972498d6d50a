// The floors and rooms of the house (docs/architecture.md): which parts of src/ a part may import from. The linter's restricted imports (eslint.config.mjs)
// and the tests (layers.test.ts) come from this table.

const floor1 = ['protocol', 'base'];
const floor2 = [...floor1, 'findings'];
const floor3 = [...floor2, 'sources'];
const floor4 = [...floor3, 'engines'];

/** Each part of src/ (a folder, or a file at its top) with the other parts that it may import from: those below it, as far as it needs them. */
export const layers = {
  protocol: [],
  base: [],
  findings: floor1,
  sources: floor2,
  engines: floor3,
  service: floor4,
  client: floor2,
  store: floor2,
  ui: [...floor2, 'client', 'store'],
  commandLine: [...floor4, 'service', 'client'],
  'extension.ts': [...floor2, 'client', 'store', 'ui'],
  'cli.ts': [...floor1, 'commandLine'],
  // Browser code, beside the floors.
  webview: ['protocol'],
};

/** Folders of src/engines that every engine may import from; no engine imports another. */
export const sharedByEngines = ['engine', 'rulePack', 'reading'];
