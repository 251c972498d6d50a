// Type errors, and what ESLint says: `node test/support/lint.mjs` takes half the time of `tsc` and `eslint .` one after the other, since both ask one program.
import { ESLint } from 'eslint';
import ts from 'typescript';
import { root } from './repo.mjs';

process.chdir(root);
const { config, error } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
const { options, fileNames, errors } = ts.parseJsonConfigFileContent(config, ts.sys, root);
const program = ts.createProgram(fileNames, options);
const mistakes = [...(error ? [error] : []), ...errors, ...ts.getPreEmitDiagnostics(program)];
if (mistakes.length > 0) {
  const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => root, getNewLine: () => '\n' };
  console.error(ts.formatDiagnostics(mistakes, host));
}

const eslint = new ESLint({
  overrideConfig: {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    languageOptions: { parserOptions: { projectService: false, programs: [program] } },
  },
});
const results = await eslint.lintFiles('.');
const formatter = await eslint.loadFormatter('stylish');
console.log(await formatter.format(results));
const isClean = results.every(({ errorCount, warningCount }) => errorCount + warningCount === 0);
process.exitCode = mistakes.length === 0 && isClean ? 0 : 1;
