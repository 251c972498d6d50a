import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { derive } from '../../src/ui/manifest/generate.mjs';
import { commands, settings, views } from '../../src/ui/manifest/ids';
import { contextKeys, rows, webviews } from '../../src/ui/manifest/keys';
import { toFollow } from './support/toFollow';

const root = resolve(__dirname, '../../..');
const texts = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8')) as Record<string, string>;
/** As VS Code reads it: with the English texts filled in. */
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'), (_, value: unknown) => {
  const name = typeof value === 'string' ? /^%(.+)%$/.exec(value)?.[1] : undefined;
  return name === undefined ? value : texts[name];
}) as {
  activationEvents: string[];
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string; title: string; category: string; enablement?: string }[];
    viewsContainers: { activitybar: { id: string }[] };
    views: Record<string, { id: string }[]>;
    viewsWelcome: { view: string; contents: string; when?: string }[];
    menus: Record<string, { command: string; when?: string }[]>;
    keybindings: { command: string }[];
    walkthroughs: {
      steps: {
        description: string;
        media: { image?: string; markdown?: string; altText?: string };
        completionEvents: string[];
      }[];
    }[];
    configuration: {
      properties: Record<
        string,
        {
          default?: unknown;
          scope?: string;
          markdownDescription?: string;
          enum?: string[];
          enumDescriptions?: string[];
        }
      >;
    };
  };
};
const { contributes } = manifest;

/** All TypeScript below a folder. */
function sourcesOf(folder: string): string {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))
    .join('\n');
}

describe('package.json and the code', () => {
  it('are in sync; `npm run build` updates them', async () => {
    for (const [file, text] of Object.entries(await derive(root)))
      assert.equal(readFileSync(join(root, file), 'utf8'), text, `${file} is out of date. Run: npm run build`);
  });

  it('register every command, with a title in our category', () => {
    const code = sourcesOf('src/ui');
    for (const name of Object.keys(commands))
      assert.match(
        code,
        new RegExp(`\\b(registerCommand\\(context, |register\\()commands\\.${name},`),
        `nothing registers ${name}`,
      );
    for (const { category, title } of contributes.commands) {
      assert.equal(category, 'CodeAgent');
      assert.match(title, /^[A-Z]/);
    }
  });

  it('run every command in a test on the installed package', function () {
    const tests = sourcesOf('test/e2e');
    // Run by clicking a row: their titles are never shown.
    const clicked: string[] = [commands.openRow, commands.showMoreFindings];
    const untested = contributes.commands.filter((c) => !clicked.includes(c.command) && !tests.includes(c.title));
    toFollow(
      this,
      untested.map(({ title }) => `"${title}" is not run by any test in test/e2e.`),
    );
  });

  it('show the views in an existing container', () => {
    assert.deepEqual(
      Object.keys(contributes.views),
      contributes.viewsContainers.activitybar.map(({ id }) => id),
    );
  });

  it('name only commands, views and rows that exist in menus', () => {
    const known = new Set<string>(Object.values(commands));
    const items = Object.values(rows) as string[];
    for (const { command, when = '' } of Object.values(contributes.menus).flat()) {
      assert.ok(known.has(command), command);
      for (const [, view] of when.matchAll(/view == (\S+)/g))
        assert.ok((Object.values(views) as string[]).includes(view!));
      for (const [, item] of when.matchAll(/viewItem == (\S+)/g)) assert.ok(items.includes(item!), item);
      for (const [, source] of when.matchAll(/viewItem =~ \/(.+)\//g)) {
        assert.ok(
          items.some((item) => new RegExp(source!).test(item)),
          source,
        );
      }
    }
  });

  it('set exactly the context keys that clauses use', () => {
    const clauses = [
      ...contributes.commands.map((c) => c.enablement ?? ''),
      ...contributes.viewsWelcome.map((w) => w.when ?? ''),
      ...Object.values(contributes.menus).flatMap((list) => list.map((m) => m.when ?? '')),
      ...contributes.walkthroughs.flatMap((w) => w.steps.flatMap((step) => step.completionEvents)),
    ].join(' ');
    const asked = new Set(
      [...clauses.matchAll(/\bcodeagent\.\w+/g)].map(([key]) => key).filter((key) => !isOther(key)),
    );
    assert.deepEqual([...asked].sort(), Object.values(contextKeys).sort());
  });

  it('link only to existing commands from the welcome views', () => {
    for (const { contents } of contributes.viewsWelcome) {
      for (const [, command] of contents.matchAll(/\(command:([^)?]+)/g)) {
        assert.ok(command === 'vscode.openFolder' || (Object.values(commands) as string[]).includes(command!), command);
      }
    }
  });

  it('use only existing files and commands in the walkthrough and keybindings', () => {
    const known = Object.values(commands) as string[];
    for (const { command } of contributes.keybindings) assert.ok(known.includes(command), command);
    for (const { description, media, completionEvents } of contributes.walkthroughs.flatMap((w) => w.steps)) {
      const file = media.image ?? media.markdown ?? '';
      assert.ok(existsSync(join(root, file)), file);
      assert.ok(media.image === undefined || media.altText, file);
      const called = [...description.matchAll(/\(command:([^)]+)\)/g)].map(([, command]) => command ?? '');
      for (const command of called) assert.ok(known.includes(command), command);
      // A command that an extension runs itself completes no step: only what has come of it does.
      for (const event of completionEvents) assert.match(event, /^onContext:/);
    }
  });

  it('activate the extension for the panels that are restored after a reload', () => {
    const panels = Object.values(webviews).map((id) => `onWebviewPanel:${id}`);
    assert.deepEqual(manifest.activationEvents, ['onStartupFinished', ...panels]);
  });

  it('describe and scope every setting, with a default of its type', () => {
    const { properties } = contributes.configuration;
    for (const { id, schema } of Object.values(settings)) {
      const property = properties[id] ?? {};
      for (const field of ['markdownDescription', 'scope', 'default'] as const)
        assert.notEqual(property[field], undefined, `package.json: ${id} has no "${field}"`);
      assert.equal(
        property.enumDescriptions?.length,
        property.enum?.length,
        `package.json: ${id} needs one of "enumDescriptions" for each value of "enum"`,
      );
      assert.deepEqual(schema.unwrap().parse(property.default), property.default, id);
    }
  });

  it('are described in the README', function () {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const ids = Object.values(settings).map(({ id }) => id);
    toFollow(this, [
      ...contributes.commands
        .filter(({ title }) => !readme.includes(title))
        .map(({ title }) => `README.md does not mention the command "${title}".`),
      ...ids
        .filter((id) => !readme.includes(`\`${id}\``))
        .map((id) => `README.md does not mention the setting \`${id}\`.`),
    ]);
  });

  it('ignore settings of untrusted workspaces', () => {
    const restricted = new Set(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations);
    for (const { id } of Object.values(settings)) assert.ok(restricted.has(id), id);
  });

  function isOther(key: string): boolean {
    return ([...Object.values(commands), ...Object.values(views)] as string[]).includes(key);
  }
});
