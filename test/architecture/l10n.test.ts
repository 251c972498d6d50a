import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as ts from 'typescript';

const root = resolve(__dirname, '../../..');
const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Record<string, string>;
const german = read('l10n/bundle.l10n.de.json');

/** Each text that the code asks a translation for. */
const asked = new Set(
  readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => textsOf(join(root, 'src', name))),
);

/** The first arguments of all calls of `l10n.t` in a file. @throws when one is no plain text: it could not be looked up */
function textsOf(file: string): string[] {
  const found: string[] = [];
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /(^|\.)l10n\.t$/.test(node.expression.getText(source))) {
      const [text] = node.arguments;
      assert.ok(text && ts.isStringLiteralLike(text), `${file}: ${node.getText(source)} has no plain text`);
      found.push(text.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** What is filled in, and codicons and links: they have to be in every language. */
function marks(text: string): string[] {
  return (text.match(/\{\d+\}|\$\([\w-]+\)|\(command:[^)]+\)|`[^`]+`/g) ?? []).sort();
}

describe('translations', () => {
  it('German has every text of the code and no other', () => {
    assert.ok(asked.size > 100, `only ${asked.size} texts`);
    assert.deepEqual(
      [...asked].filter((text) => german[text] === undefined).sort(),
      [],
      'missing in l10n/bundle.l10n.de.json',
    );
    assert.deepEqual(
      Object.keys(german).filter((text) => !asked.has(text)),
      [],
      'nobody asks for these',
    );
  });

  it('German fills in what English does', () => {
    for (const [text, translated] of Object.entries(german)) {
      assert.deepEqual(marks(translated), marks(text), text);
      assert.notEqual(translated.trim(), '', text);
    }
  });

  it('package.json names its texts, and both languages have each', () => {
    const manifest = readFileSync(join(root, 'package.json'), 'utf8');
    const keys = [...new Set([...manifest.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key!))].sort();
    assert.equal((JSON.parse(manifest) as { l10n: string }).l10n, './l10n');
    const languages = { en: read('package.nls.json'), de: read('package.nls.de.json') };
    for (const texts of Object.values(languages)) assert.deepEqual(Object.keys(texts).sort(), keys);
    for (const key of keys) {
      assert.deepEqual(marks(languages.de[key]!), marks(languages.en[key]!), key);
      if (key.endsWith('.page'))
        for (const texts of Object.values(languages)) assert.ok(existsSync(join(root, texts[key]!)));
    }
  });

  it('nothing in package.json is said in one language only', () => {
    const said: string[] = [];
    const visit = (value: unknown, key: string): void => {
      if (typeof value === 'object' && value !== null) {
        for (const [name, inner] of Object.entries(value)) visit(inner, Array.isArray(value) ? key : name);
      } else if (typeof value === 'string' && texts.has(key) && !names.has(value) && !/^%.+%$/.test(value))
        said.push(value);
    };
    visit((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { contributes: unknown }).contributes, '');
    assert.deepEqual(said, []);
  });
});

/** What of package.json people read. */
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
