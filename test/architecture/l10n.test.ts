import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as ts from 'typescript';
import { toFollow } from './support/toFollow';

const root = resolve(__dirname, '../../..');
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Record<string, string>;
const german = read('l10n/bundle.l10n.de.json');

/** Every text that the code has translated. */
const used = new Set(
  readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => textsOf(join(root, 'src', name))),
);

/** The first arguments of all calls to `l10n.t` in a file. @throws if one is not a string literal, since it could not be looked up */
function textsOf(file: string): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /(^|\.)l10n\.t$/.test(node.expression.getText(source))) {
      const [text] = node.arguments;
      assert.ok(text && ts.isStringLiteralLike(text), `${file}: ${node.getText(source)} is not a string literal`);
      found.push(text.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Placeholders, codicons, command links and code: they have to appear in every language. */
function marks(text: string): string[] {
  return (text.match(/\{\d+\}|\$\([\w-]+\)|\(command:[^)]+\)|`[^`]+`/g) ?? []).sort();
}

describe('translations', () => {
  it('cover exactly the texts of the code in German', function () {
    assert.ok(used.size > 100, `only ${used.size} texts`);
    const line = (text: string) => `l10n/bundle.l10n.de.json: add ${JSON.stringify(text)}: "<German>"`;
    const missing = [...used].filter((text) => german[text] === undefined).sort();
    const unused = Object.keys(german).filter((text) => !used.has(text));
    toFollow(this, [
      ...missing.map(line),
      ...unused.map(
        (text) => `l10n/bundle.l10n.de.json: remove ${JSON.stringify(text)}, which the code no longer uses`,
      ),
    ]);
  });

  it('have the same placeholders in German', () => {
    for (const [text, translated] of Object.entries(german)) {
      assert.deepEqual(marks(translated), marks(text), text);
      assert.notEqual(translated.trim(), '', text);
    }
  });

  it('cover every text of package.json', function () {
    const manifest = readFileSync(join(root, 'package.json'), 'utf8');
    const keys = [...new Set([...manifest.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key!))].sort();
    assert.equal((JSON.parse(manifest) as { l10n: string }).l10n, './l10n');
    const languages = { en: read('package.nls.json'), de: read('package.nls.de.json') };
    assert.deepEqual(Object.keys(languages.en).sort(), keys, 'package.nls.json has other keys than package.json');
    assert.deepEqual(
      Object.keys(languages.de).filter((key) => !keys.includes(key)),
      [],
      'package.nls.de.json has keys that package.json does not use',
    );
    for (const key of keys) {
      if (languages.de[key] === undefined) continue;
      assert.deepEqual(marks(languages.de[key]), marks(languages.en[key]!), key);
      if (key.endsWith('.page'))
        for (const texts of Object.values(languages)) assert.ok(existsSync(join(root, texts[key] ?? '')));
    }
    const missing = keys.filter((key) => languages.de[key] === undefined);
    toFollow(
      this,
      missing.map((key) => `package.nls.de.json: add "${key}": "<German for: ${languages.en[key]}>"`),
    );
  });

  it('leave no text of package.json in English only', () => {
    const untranslated: string[] = [];
    const visit = (value: unknown, key: string): void => {
      if (typeof value === 'object' && value !== null) {
        // Descriptions of tools for models are not shown to people.
        for (const [name, inner] of Object.entries(value).filter(([one]) => one !== 'inputSchema'))
          visit(inner, Array.isArray(value) ? key : name);
      } else if (typeof value === 'string' && texts.has(key) && !names.has(value) && !/^%.+%$|^codeagent_/.test(value))
        untranslated.push(value);
    };
    visit((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { contributes: unknown }).contributes, '');
    assert.deepEqual(untranslated, [], 'move these to package.nls.json');
  });
});

/** The fields of package.json that people read. */
const texts = new Set([
  'title',
  'shortTitle',
  'name',
  'contextualTitle',
  'contents',
  'description',
  'markdownDescription',
  'enumDescriptions',
  'markdownEnumDescriptions',
  'deprecationMessage',
  'altText',
]);
/** Names are the same in every language. */
const names = new Set(['CodeAgent', 'CodeAgent Scanner']);
