import { chromium, type Browser, type Page } from 'playwright-core';
import { rmSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { browserArguments } from '../../support/browser.mjs';
import { root, vsixFile } from '../../support/repo.mjs';
import { findChromium } from '../../support/setup.mjs';
import { installExtension, startServer, writeSettings, type VsCodeServer } from '../../support/vscodeServer.mjs';
import { Workbench } from './workbench';

/** What a test may ask of the VS Code that it opens. */
export interface OpenOptions {
  /** The folder to open a copy of, below test/fixtures or absolute; `sample` unless told. */
  fixture?: string;
  /** User settings over the harness's quiet ones. */
  settings?: Record<string, unknown>;
  /** Environment variables of the extension host. */
  env?: Record<string, string>;
  /** The window's size in pixels. */
  viewport?: { width: number; height: number };
  /** What is opened of the folder's copy, as the address of VS Code in a browser says it; the folder itself unless told. */
  open?: (folder: string) => Record<string, string>;
  /** VS Code's language, as a language pack sets it; its own texts stay English. */
  language?: string;
  /** Another package than `npm run package` wrote. */
  vsix?: string;
}

const installations = new Map<string, Promise<string>>();

/** Has VS Code install a package once in this process, and puts what that gave below `home`. */
async function putInstalled(home: string, vsix: string): Promise<void> {
  const install = async () => {
    const place = await mkdtemp(join(tmpdir(), 'codeagent-installed-'));
    process.once('exit', () => rmSync(place, { recursive: true, force: true }));
    await installExtension(place, vsix);
    return join(place, 'extensions');
  };
  const installation = installations.get(vsix) ?? install();
  installations.set(vsix, installation);
  const from = await installation;
  const to = join(home, 'extensions');
  await cp(from, to, { recursive: true });
  const list = join(to, 'extensions.json');
  await writeFile(list, (await readFile(list, 'utf8')).replaceAll(from, to));
}

/** A VS Code with the packaged extension installed and a copy of a fixture open; everything in it is new. */
export class VsCode {
  private constructor(
    /** The copy of the fixture that is open. */
    readonly folder: string,
    /** What the server writes: user data in `data`, extensions, logs. */
    readonly home: string,
    private readonly scratch: string,
    readonly server: VsCodeServer,
    private readonly browser: Browser,
    readonly page: Page,
    readonly workbench: Workbench,
  ) {}

  /**
   * Opens VS Code and waits for its workbench. Close it in `after`, whatever happened.
   * @throws when the extension was not packaged or no browser is there
   */
  static async open(options: OpenOptions = {}): Promise<VsCode> {
    const scratch = await mkdtemp(join(tmpdir(), 'codeagent-e2e-'));
    const undo: (() => Promise<void>)[] = [() => rm(scratch, { recursive: true, force: true, maxRetries: 5 })];
    try {
      const home = join(scratch, 'home');
      const fixture = resolve(root, 'test/fixtures', options.fixture ?? 'sample');
      const folder = join(scratch, basename(fixture));
      await cp(fixture, folder, { recursive: true });
      await writeSettings(home, options.settings);
      await putInstalled(home, options.vsix ?? process.env['CODEAGENT_VSIX'] ?? vsixFile);
      const server = await startServer({ home, ...(options.env ? { env: options.env } : {}) });
      undo.unshift(() => server.stop());
      const executablePath = findChromium();
      if (executablePath === undefined) throw new Error('No browser: run node test/support/setup.mjs');
      const browser = await chromium.launch({ executablePath, args: browserArguments });
      undo.unshift(() => browser.close());
      const page = await browser.newPage({ viewport: options.viewport ?? { width: 1280, height: 800 } });
      const { language } = options;
      if (language !== undefined) {
        // What a language pack's file of texts sets before the workbench starts.
        await page.addInitScript((id) => Object.assign(globalThis, { _VSCODE_NLS_LANGUAGE: id }), language);
      }
      const query = new URLSearchParams(options.open?.(folder) ?? { folder });
      await page.goto(`${server.url}?${query}`);
      const workbench = new Workbench(page);
      await workbench.ready();
      return new VsCode(folder, home, scratch, server, browser, page, workbench);
    } catch (error) {
      for (const step of undo) await step();
      throw error;
    }
  }

  /**
   * Replaces the user settings (the harness's quiet ones stay) and reloads: VS Code in a browser does not see a change of
   * settings.json from outside. A live change goes through the folder's .vscode/settings.json.
   */
  async setSettings(settings: Record<string, unknown>): Promise<void> {
    await writeSettings(this.home, settings);
    await this.reload();
  }

  /** Switches the color theme, as a user does, and waits until it shows. */
  async setTheme(theme: Theme): Promise<void> {
    const { label, cssClass } = themes[theme];
    await this.workbench.runCommand('Preferences: Color Theme');
    await this.page.locator('.quick-input-widget input.input').fill(label);
    await this.workbench.pick(label);
    await this.page.locator(`.monaco-workbench.${cssClass}`).waitFor();
  }

  /** Reloads the window, as Developer: Reload Window does, and waits for its workbench. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.workbench.ready();
  }

  /** Writes a picture of the window, for docs/images or a failure report. @returns its path */
  async screenshot(name: string): Promise<string> {
    const folder = process.env['CODEAGENT_SCREENSHOTS'] ?? join(root, 'out', 'screenshots');
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  /** Ends browser and server with all their processes, and removes what they wrote. */
  async close(): Promise<void> {
    // A page that is still open asks before it goes.
    await this.page.goto('about:blank');
    await this.browser.close();
    await this.server.stop();
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
