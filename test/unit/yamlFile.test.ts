import assert from 'node:assert/strict';
import { customRuleSource } from '../../src/engines/patterns/ruleSchema.mjs';
import { readYamlDocuments } from '../../src/engines/rulePack/yamlFile.mjs';

describe('messages about invalid YAML', () => {
  const good = { id: 'team-x', language: 'js', message: 'No.', rule: '{ pattern: f() }' };
  const told = (changed: Record<string, string | undefined>) => {
    const lines = Object.entries<string | undefined>({ ...good, ...changed }).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key}: ${value}\n`],
    );
    const [document] = readYamlDocuments(lines.join(''), customRuleSource, { unknownKeys: 'warning' });
    return document?.problems.map(({ line, message }) => `${line} ${message}`);
  };

  it('name what is missing', () => {
    assert.deepEqual(told({}), []);
    assert.deepEqual(told({ message: undefined }), ['1 message is missing.']);
    assert.deepEqual(told({ language: undefined }), ['1 language is missing.']);
  });

  it('name the expected form if several are possible', () => {
    assert.match(
      told({ language: 'Cobol' })?.[0] ?? '',
      /^2 language: there is no language Cobol: use one of Bash, C, /,
    );
    assert.match(told({ language: '[js, Cobol]' })?.[0] ?? '', /^2 language\.1: there is no language Cobol/);
    assert.match(told({ metadata: '{ cwe: 79x }' })?.[0] ?? '', /^5 metadata\.cwe: must look like CWE-79/);
    assert.match(told({ language: '5' })?.[0] ?? '', /^2 language: .*expected string, received number/);
  });

  it('start with the problem if the whole document is wrong', () => {
    const [document] = readYamlDocuments('just words\n', customRuleSource);
    assert.deepEqual(document?.problems, [
      { line: 1, level: 'error', message: 'Invalid input: expected object, received string' },
    ]);
  });
});
