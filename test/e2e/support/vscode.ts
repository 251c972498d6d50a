import { chromium, type Browser, type Page } from 'playwright-core';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { browserArguments } from '../../support/browser.mjs';
import { root, vsixFile } from '../../support/repo.mjs';
import { findChromium } from '../../support/setup.mjs';
import { installExtension, startServer, writeSettings, type VsCodeServer } from '../../support/vscodeServer.mjs';
import { patience } from '../../support/patience.mjs';
import { resumeScan, runnerOf } from './processes';
import { waitFor } from './wait';
import { Workbench } from './workbench';

/** The options of the VS Code that a test opens. */
export interface OpenOptions {
  /** The folder to open a copy of, below test/fixtures or absolute; `sample` by default. */
  fixture?: string;
  /** User settings in addition to the harness's quiet ones. */
  settings?: Record<string, unknown>;
  /** The window's size in pixels. */
  viewport?: { width: number; height: number };
  /** The part of the folder's copy to open, in the URL syntax of VS Code in a browser; the folder itself by default. */
  open?: (folder: string) => Record<string, string>;
  /** VS Code's language, as set by a language pack; its own texts stay English. */
  language?: string;
  /** A package other than the one that `npm run package` wrote. */
  vsix?: string;
}

/** Like on the desktop. In a browser, VS Code saves a second after each change: on a slow machine, before a test undoes it. */
const unsaved = { 'files.autoSave': 'off' };

/**
 * In each document, progress bars and spinners stand still: without a graphics card, each of their frames costs as much as the scan that they show.
 */
function standStill(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, ::before, ::after { animation: none !important; transition: none !important; }');
  document.adoptedStyleSheets.push(sheet);
}

/** A running VS Code server with the packaged extension installed. */
interface Served {
  /** Its files: user data in `data`, extensions, logs. */
  readonly home: string;
  readonly server: VsCodeServer;
}

/** Each test file is a separate bundle, so shared objects are attached to the process. */
const registry = globalThis as { codeagentServers?: Map<string, Promise<Served>>; codeagentBrowser?: Promise<Browser> };

/** The browser that all windows of this process share. Each has its own context, so that none sees another's data. */
async function browser(): Promise<Browser> {
  return (registry.codeagentBrowser ??= launch());
}

async function launch(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('No browser: run node test/support/setup.mjs');
  return chromium.launch({ executablePath, args: browserArguments });
}

// After all test files have run.
after(async () => {
  const running = registry.codeagentBrowser;
  delete registry.codeagentBrowser;
  await (await running)?.close();
});

/** The server that all windows of this process share, one for each package. It ends with this process, and its files are removed. */
function served(vsix: string): Promise<Served> {
  const running = (registry.codeagentServers ??= new Map<string, Promise<Served>>());
  const known = running.get(vsix) ?? serve(vsix);
  running.set(vsix, known);
  return known;
}

async function serve(vsix: string): Promise<Served> {
  const home = await mkdtemp(join(tmpdir(), 'codeagent-vscode-'));
  await writeSettings(home);
  await installExtension(home, vsix);
  const server = await startServer({ home, removeHome: true });
  server.unref();
  return { home, server };
}

/** A window of VS Code with the packaged extension installed and a copy of a fixture open. Windows follow one another: one at a time. */
export class VsCode {
  private constructor(
    /** The copy of the fixture that is open. */
    readonly folder: string,
    /** The server's files: user data in `data`, extensions, logs. */
    readonly home: string,
    private readonly scratch: string,
    readonly page: Page,
    readonly workbench: Workbench,
  ) {}

  /**
   * Opens VS Code and waits for its workbench. Always close it in `after`.
   * @throws when the extension was not packaged or no browser is available
   */
  static async open(options: OpenOptions = {}): Promise<VsCode> {
    const scratch = await mkdtemp(join(tmpdir(), 'codeagent-e2e-'));
    const undo: (() => Promise<void>)[] = [() => rm(scratch, { recursive: true, force: true, maxRetries: 5 })];
    try {
      const fixture = resolve(root, 'test/fixtures', options.fixture ?? 'sample');
      const folder = join(scratch, basename(fixture));
      await cp(fixture, folder, { recursive: true });
      const { home, server } = await served(options.vsix ?? process.env['CODEAGENT_VSIX'] ?? vsixFile);
      // An earlier window may have set a server.
      await rm(join(home, 'data', 'Machine'), { recursive: true, force: true });
      await writeSettings(home, { ...unsaved, ...options.settings });
      const context = await (
        await browser()
      ).newContext({ viewport: options.viewport ?? { width: 1280, height: 1200 } });
      undo.unshift(() => context.close());
      const page = await context.newPage();
      page.setDefaultTimeout(patience(30_000));
      await page.addInitScript(standStill);
      const { language } = options;
      if (language !== undefined) {
        // What a language pack's text file sets before the workbench starts.
        await page.addInitScript((id) => Object.assign(globalThis, { _VSCODE_NLS_LANGUAGE: id }), language);
      }
      const query = new URLSearchParams(options.open?.(folder) ?? { folder });
      await page.goto(`${server.url}?${query}`);
      const workbench = new Workbench(page);
      await workbench.ready();
      return new VsCode(folder, home, scratch, page, workbench);
    } catch (error) {
      for (const step of undo) await step();
      throw error;
    }
  }

  /**
   * Replaces the user settings (the harness's quiet ones stay) and reloads: VS Code in a browser does not notice external changes of
   * settings.json. For a live change, use the folder's .vscode/settings.json.
   */
  async setSettings(settings: Record<string, unknown>): Promise<void> {
    await writeSettings(this.home, { ...unsaved, ...settings });
    await this.reload();
  }

  /** Switches the color theme like a user would, and waits until it is applied. */
  async setTheme(theme: Theme): Promise<void> {
    const { label, cssClass } = themes[theme];
    await this.workbench.runCommand('Preferences: Color Theme');
    await this.page.locator('.quick-input-widget input.input').fill(label);
    await this.workbench.pick(label);
    await this.page.locator(`.monaco-workbench.${cssClass}`).waitFor();
  }

  /** Reloads the window like Developer: Reload Window does, and waits for its workbench. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.workbench.ready();
  }

  /** Takes a picture of the window, for docs/images or a failure report. @returns its path */
  async screenshot(name: string): Promise<string> {
    const folder = process.env['CODEAGENT_SCREENSHOTS'] ?? join(root, 'out', 'screenshots');
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  /** Closes the window, and waits until its scan runner has ended, so that the next window starts without one. */
  async close(): Promise<void> {
    // A failed test may have left it paused.
    resumeScan(this.home);
    // An open page asks before it closes.
    await this.page.goto('about:blank');
    await this.page.context().close();
    await waitFor('the scan runner to be gone', () => runnerOf(this.home) === undefined, patience(60_000));
    await rm(this.scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The color themes that pictures and accessibility tests go through. */
export type Theme = keyof typeof themes;

const themes = {
  dark: { label: 'Dark Modern', cssClass: 'vs-dark' },
  light: { label: 'Light Modern', cssClass: 'vs' },
  hc: { label: 'Dark High Contrast', cssClass: 'hc-black' },
  hcLight: { label: 'Light High Contrast', cssClass: 'hc-light' },
} as const;
