import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { commands, containers, contextKeys, rows, settings, views, webviews } from '../../src/ui/manifest/ids';

const root = resolve(__dirname, '../../..');
const texts = JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8')) as Record<string, string>;
/** As VS Code reads it: with the texts in the places of their names. */
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
        { order?: number; scope?: string; markdownDescription?: string; enum?: string[]; enumDescriptions?: string[] }
      >;
    };
  };
};
const { contributes } = manifest;

describe('ids in package.json and in the code', () => {
  it('commands are the same', () => {
    assert.deepEqual(contributes.commands.map((c) => c.command).sort(), Object.values(commands).sort());
    for (const { category, title } of contributes.commands) {
      assert.equal(category, 'CodeAgent');
      assert.match(title, /^[A-Z]/);
    }
  });

  it('every command is run by a test on the installed package', () => {
    const folder = join(root, 'test/e2e');
    const tests = readdirSync(folder)
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n');
    // A click on a row runs it; it has no title that anybody sees.
    const clicked: string[] = [commands.openRow, commands.showMoreFindings];
    const untested = contributes.commands.filter((c) => !clicked.includes(c.command) && !tests.includes(c.title));
    assert.deepEqual(
      untested.map(({ title }) => title),
      [],
    );
  });

  it('views and containers are the same', () => {
    assert.deepEqual(
      contributes.viewsContainers.activitybar.map((c) => c.id),
      Object.values(containers),
    );
    assert.deepEqual(
      Object.values(contributes.views)
        .flat()
        .map((v) => v.id)
        .sort(),
      Object.values(views).sort(),
    );
  });

  it('every menu names a command, a view and rows that there are', () => {
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

  it('every context key that is asked for is set, and every one that is set is asked for', () => {
    const clauses = [
      ...contributes.commands.map((c) => c.enablement ?? ''),
      ...contributes.viewsWelcome.map((w) => w.when ?? ''),
      ...Object.values(contributes.menus).flatMap((list) => list.map((m) => m.when ?? '')),
    ].join(' ');
    const asked = new Set(
      [...clauses.matchAll(/\bcodeagent\.\w+/g)].map(([key]) => key).filter((key) => !isOther(key)),
    );
    assert.deepEqual([...asked].sort(), Object.values(contextKeys).sort());
  });

  it('the welcome view links only to commands that there are', () => {
    for (const { contents } of contributes.viewsWelcome) {
      for (const [, command] of contents.matchAll(/\(command:([^)?]+)/g)) {
        assert.ok(command === 'vscode.openFolder' || (Object.values(commands) as string[]).includes(command!), command);
      }
    }
  });

  it('the walkthrough shows files that there are, and keys and steps call commands that there are', () => {
    const known = Object.values(commands) as string[];
    for (const { command } of contributes.keybindings) assert.ok(known.includes(command), command);
    for (const { description, media, completionEvents } of contributes.walkthroughs.flatMap((w) => w.steps)) {
      const file = media.image ?? media.markdown ?? '';
      assert.ok(existsSync(join(root, file)), file);
      assert.ok(media.image === undefined || media.altText, file);
      const called = [...description.matchAll(/\(command:([^)]+)\)/g)].map(([, command]) => command ?? '');
      const awaited = completionEvents.map((event) => event.replace(/^onCommand:/, ''));
      for (const command of [...called, ...awaited]) assert.ok(known.includes(command), command);
    }
  });

  it('panels that come back after a reload activate the extension', () => {
    const panels = Object.values(webviews).map((id) => `onWebviewPanel:${id}`);
    assert.deepEqual(manifest.activationEvents, ['onStartupFinished', ...panels]);
  });

  it('settings are the same, and each is described, ordered and scoped', () => {
    const { properties } = contributes.configuration;
    assert.deepEqual(Object.keys(properties).sort(), Object.values(settings).sort());
    for (const [id, property] of Object.entries(properties)) {
      assert.ok(property.markdownDescription && property.order !== undefined && property.scope, id);
      assert.equal(property.enumDescriptions?.length, property.enum?.length, id);
    }
  });

  it('the README tells of every command and every setting', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    for (const { title } of contributes.commands) assert.ok(readme.includes(title), title);
    for (const id of Object.values(settings)) assert.ok(readme.includes(`\`${id}\``), id);
  });

  it('no setting of a hostile workspace names a server or a file', () => {
    const restricted = new Set(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations);
    for (const id of Object.values(settings)) assert.ok(restricted.has(id), id);
  });

  function isOther(key: string): boolean {
    return ([...Object.values(commands), ...Object.values(views)] as string[]).includes(key);
  }
});
