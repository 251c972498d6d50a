import { layers } from './test/architecture/layers.mjs';

const mayNotImport = Object.entries(layers).map(([layer, allowed]) => {
  const others = Object.keys(layers).filter((other) => other !== layer && !allowed.includes(other));
  const forbidden = others.map((other) => other.replace(/\.ts$/, ''));
  const isFile = layer.endsWith('.ts');
  return {
    files: [isFile ? `src/${layer}` : `src/${layer}/**/*.ts`],
    rules: {
      'typescript/no-restricted-imports': [
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

/** What is an error in every TypeScript file, without options: typescript-eslint's strict set that asks for types, and a few more. */
const errors = [
  'no-var',
  'prefer-rest-params',
  'prefer-spread',
  'typescript/await-thenable',
  'typescript/consistent-type-imports',
  'typescript/no-array-constructor',
  'typescript/no-array-delete',
  'typescript/no-base-to-string',
  'typescript/no-deprecated',
  'typescript/no-duplicate-enum-values',
  'typescript/no-duplicate-type-constituents',
  'typescript/no-dynamic-delete',
  'typescript/no-empty-object-type',
  'typescript/no-explicit-any',
  'typescript/no-extra-non-null-assertion',
  'typescript/no-extraneous-class',
  'typescript/no-floating-promises',
  'typescript/no-for-in-array',
  'typescript/no-generated-empty-object-type',
  'typescript/no-implied-eval',
  'typescript/no-invalid-void-type',
  'typescript/no-meaningless-void-operator',
  'typescript/no-misused-new',
  'typescript/no-misused-promises',
  'typescript/no-misused-spread',
  'typescript/no-mixed-enums',
  'typescript/no-namespace',
  'typescript/no-non-null-asserted-nullish-coalescing',
  'typescript/no-non-null-asserted-optional-chain',
  'typescript/no-non-null-assertion',
  'typescript/no-redundant-type-constituents',
  'typescript/no-require-imports',
  'typescript/no-this-alias',
  'typescript/no-unnecessary-boolean-literal-compare',
  'typescript/no-unnecessary-template-expression',
  'typescript/no-unnecessary-type-arguments',
  'typescript/no-unnecessary-type-assertion',
  'typescript/no-unnecessary-type-constraint',
  'typescript/no-unnecessary-type-conversion',
  'typescript/no-unnecessary-type-parameters',
  'typescript/no-unsafe-argument',
  'typescript/no-unsafe-assignment',
  'typescript/no-unsafe-call',
  'typescript/no-unsafe-declaration-merging',
  'typescript/no-unsafe-enum-assignment',
  'typescript/no-unsafe-enum-comparison',
  'typescript/no-unsafe-function-type',
  'typescript/no-unsafe-member-access',
  'typescript/no-unsafe-return',
  'typescript/no-unsafe-unary-minus',
  'typescript/no-useless-constructor',
  'typescript/no-useless-default-assignment',
  'typescript/no-wrapper-object-types',
  'typescript/only-throw-error',
  'typescript/prefer-as-const',
  'typescript/prefer-literal-enum-member',
  'typescript/prefer-namespace-keyword',
  'typescript/prefer-promise-reject-errors',
  'typescript/prefer-reduce-type-parameter',
  'typescript/prefer-return-this-type',
  'typescript/related-getter-setter-pairs',
  'typescript/require-await',
  'typescript/triple-slash-reference',
  'typescript/unbound-method',
  'typescript/use-unknown-in-catch-callback-variable',
];

export default {
  plugins: ['typescript'],
  categories: { correctness: 'off' },
  ignorePatterns: ['dist/**', 'out/**', '.vscode-test/**', 'test/fixtures/**', 'test/rules/**', 'coverage/**'],
  overrides: [
    {
      files: ['src/**/*.ts', 'test/**/*.ts'],
      rules: {
        ...Object.fromEntries(errors.map((name) => [name, 'error'])),
        eqeqeq: 'error',
        'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
        'no-restricted-properties': ['error', { object: 'Math', property: 'random', message: 'Use node:crypto.' }],
        'prefer-const': 'error',
        'typescript/ban-ts-comment': ['error', { minimumDescriptionLength: 10 }],
        'typescript/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
        'typescript/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
        'typescript/no-unused-expressions': 'error',
        'typescript/no-unused-vars': ['error', { ignoreRestSiblings: true }],
        'typescript/restrict-plus-operands': [
          'error',
          {
            allowAny: false,
            allowBoolean: false,
            allowNullish: false,
            allowNumberAndString: false,
            allowRegExp: false,
          },
        ],
        'typescript/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
        'typescript/return-await': ['error', 'error-handling-correctness-only'],
      },
    },
    {
      files: ['test/**/*.ts'],
      rules: { 'typescript/no-non-null-assertion': 'off', 'typescript/no-unused-expressions': 'off' },
    },
    ...mayNotImport,
  ],
};
