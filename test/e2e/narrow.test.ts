import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readRules, type Rule } from '../../src/engines/patterns/compileRules.mjs';
import { languageSuffix } from '../../src/engines/patterns/ruleSchema.mjs';
import { ruffRules } from '../../src/engines/python/rules';
import { secretTitles } from '../../src/engines/secrets/titles';
import { taintRules } from '../../src/engines/taint/taintRules';
import { narrow } from './support/narrow';
import { VsCode } from './support/vscode';
import { waitFor } from './support/wait';

/** Another one chooses other rules. */
const seed = 14;

describe('the Findings view in a side bar of 300 px', () => {
  let code: VsCode;
  let fixture: string;
  let rules: readonly Rule[];

  before(async () => {
    fixture = await mkdtemp(join(tmpdir(), 'codeagent-narrow-'));
    rules = await readRules('src/rules/patterns');
    for (const rule of atRandom(rules, 20)) await writeExample(rule, fixture);
    code = await VsCode.open({ fixture, viewport: { width: 1280, height: 2000 } });
    const { workbench } = code;
    await workbench.openContainer('CodeAgent');
    await narrow(code);
    await workbench.runCommand('CodeAgent: Scan Workspace');
    await workbench.toast(/Scan completed/).click('Show Findings');
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await code.screenshot('narrow-failure');
  });
  after(async () => {
    await code.close();
    await rm(fixture, { recursive: true, force: true });
  });

  const labels = () => code.workbench.tree('Findings').locator('[role=treeitem][aria-level="2"] .label-name');

  /** What a row that shows no more than its title shows of each of these. */
  const visiblePartsOf = (titles: readonly string[]) =>
    labels()
      .first()
      .evaluate((label, all) => {
        const pen = document.createElement('canvas').getContext('2d');
        if (!pen) throw new Error('no canvas');
        pen.font = getComputedStyle(label).font;
        const edge = label.closest('.monaco-icon-label')?.getBoundingClientRect().right ?? 0;
        const room = edge - label.getBoundingClientRect().left;
        const fits = (text: string) => pen.measureText(text).width <= room;
        return all.map((title) => {
          let length = title.length;
          while (length > 0 && !fits(length < title.length ? `${title.slice(0, length)}…` : title)) length -= 1;
          return title.slice(0, length);
        });
      }, titles);

  it('shows the title of each of twenty findings at random, or so much of it that it says what the defect is', async () => {
    await waitFor('twenty rows', async () => (await labels().count()) >= 20);
    const titles = await labels().allTextContents();
    const known = new Set(rules.map(({ metadata }) => metadata.title));
    assert.ok(titles.filter((title) => known.has(title)).length >= 20, titles.join('\n'));
    const visible = await visiblePartsOf(titles);
    // In DejaVu Sans, which is wider than the fonts of desktops.
    assert.deepEqual(
      visible.filter((part, at) => part !== titles[at] && part.length < 26),
      [],
    );
    for (const theme of ['light', 'hc', 'dark'] as const) {
      await code.setTheme(theme);
      await code.screenshot(`narrow-${theme}`);
    }
  });

  it('shows enough of every rule’s title to tell it from those of other defects', async () => {
    const cwes = new Map<string, Set<string>>();
    const visible = await visiblePartsOf(rules.map(({ metadata }) => metadata.title));
    for (const [at, { group, metadata }] of rules.entries()) {
      const part = `${group}: ${visible[at]}`;
      cwes.set(part, (cwes.get(part) ?? new Set()).add(metadata.cwe[0] ?? ''));
    }
    assert.deepEqual(
      [...cwes].filter(([, all]) => all.size > 1).map(([part]) => part),
      [],
    );
    const others = [
      ...Object.values(taintRules).map(({ title }) => title),
      ...Object.values(ruffRules).map(({ title }) => title),
      ...Object.values(secretTitles()),
    ];
    assert.deepEqual(
      others.filter((title) => title.length > 40),
      [],
    );
  });
});

/** Different ones, the same for the same seed. */
function atRandom<T>(all: readonly T[], count: number): T[] {
  const left = [...all];
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return left.splice(state % left.length, 1);
  }).flat();
}

const suffixes: Readonly<Record<string, string>> = languageSuffix;

/** Writes the rule's first bad example into a file of its language. */
async function writeExample({ id, group, languages: [first = ''] }: Rule, folder: string): Promise<void> {
  const { invalid } = parse(await readFile(`test/rules/${group}/${id}.yml`, 'utf8')) as {
    invalid: (string | { code: string; language?: string })[];
  };
  const [example = ''] = invalid;
  const { code, language = first } = typeof example === 'string' ? { code: example } : example;
  await writeFile(join(folder, `${id}.${suffixes[language]}`), code);
}
