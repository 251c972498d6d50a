import tseslint from 'typescript-eslint';
import { layers } from './test/architecture/layers.mjs';

const mayNotImport = Object.entries(layers).map(([layer, allowed]) => {
  const others = Object.keys(layers).filter((other) => other !== layer && !allowed.includes(other));
  const forbidden = others.map((other) => other.replace(/\.ts$/, ''));
  const isFile = layer.endsWith('.ts');
  return {
    files: [isFile ? `src/${layer}` : `src/${layer}/**/*.ts`],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: ['ui', 'extension.ts'].includes(layer)
            ? []
            : [{ name: 'vscode', message: 'Only src/ui and src/extension.ts know VS Code.' }],
          patterns: [
            {
              regex: `^${isFile ? '\\./' : '(\\.\\./)+'}(${forbidden.join('|')})(/|\\.js$|$)`,
              message: `src/${layer} may import only from: ${[layer, ...allowed].join(', ')}.`,
            },
          ],
        },
      ],
    },
  };
});

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'out/**',
      '.vscode-test/**',
      'test/fixtures/**',
      'test/rules/**',
      'coverage/**',
      'node_modules/**',
    ],
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/unified-signatures': 'off',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Use node:crypto.' }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', '@typescript-eslint/no-unused-expressions': 'off' },
  },
  ...mayNotImport,
);
