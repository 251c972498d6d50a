// `npm start [folder] [-- --browser]`: opens VS Code with the extension built from this checkout: desktop VS Code if there is one,
// otherwise one served for the browser, which runs until Ctrl-C. Prints one line per step, with its seconds.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { browserCommand, findEditor, spawnable } from './editors.mjs';
import { endAll, mustRunQuietly, platform, root, vsixFile, workFolder } from './repo.mjs';
import { setupBuildPackages, setupEditor, setupPackages } from './setup.mjs';
import { startServer, writeSettings } from './vscodeServer.mjs';

const id = 'codeagent.codeagent-scanner';
const began = performance.now();
const asked = process.argv.slice(2);
const named = asked.find((argument) => !argument.startsWith('--'));
// npm changes to the repository's root; INIT_CWD is where the user typed the folder.
const folder = named ? resolve(process.env.INIT_CWD ?? '.', named) : join(root, 'test', 'fixtures', 'sample');
/** Has the extension show itself when its window opens; see src/ui/welcome. */
const welcome = { CODEAGENT_WELCOME: '1' };

let serving;
let stopping = false;
void Promise.race([signal(), starterGone()]).then(async () => {
  stopping = true;
  await Promise.all([serving?.stop(), endAll()]);
  process.exit(serving ? 0 : 130);
});

try {
  if (!existsSync(folder)) throw new Error(`There is no folder ${folder}.`);
  const editor = asked.includes('--browser') ? undefined : findEditor();
  console.log(`CodeAgent Scanner on ${folder}, in ${editor ?? 'VS Code for the browser'}`);
  if (editor) await openDesktop(editor);
  else await openInBrowser();
} catch (error) {
  if (!stopping) {
    console.error(error.message);
    await endAll();
    process.exit(1);
  }
}

/** Runs a step and prints how long it took, unless there was nothing to do (`false`). */
async function step(name, work) {
  const start = performance.now();
  const result = await work();
  if (result !== false) console.log(`  ${name.padEnd(28)}${seconds(start).padStart(6)} s`);
  return result;
}
function seconds(start) {
  return ((performance.now() - start) / 1000).toFixed(1);
}

async function openDesktop(editor) {
  const run = async (args, env = process.env) => {
    const { command, args: rest, shell } = spawnable([editor, ...args]);
    const child = spawn(command, rest, { shell, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
    const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
    if (code !== 0) throw new Error(`${editor} ${args.join(' ')} ended with exit code ${code}:\n${said.trim()}`);
  };
  await step('Packages installed', () => setupPackages());
  await step('Extension packaged', () =>
    mustRunQuietly([process.execPath, join(root, 'test', 'support', 'package.mjs'), '--quick']),
  );
  await step('Extension installed', () => run(['--install-extension', vsixFile, '--force']));
  await step('Window opened', () => run([folder], { ...process.env, ...welcome }));
  console.log(`Ready after ${seconds(began)} s. Click Scan Workspace in the CodeAgent view.`);
  console.log(`To remove it: "${editor}" --uninstall-extension ${id}`);
  process.exit();
}

async function openInBrowser() {
  const build = async () => {
    await step('Packages installed', setupBuildPackages);
    await step('Extension built', () => mustRunQuietly([process.execPath, 'esbuild.mjs', '--unless-built']));
  };
  await Promise.all([build(), step('VS Code fetched', setupEditor)]);
  serving = await step('VS Code started', async () => {
    const home = await mkdtemp(join(tmpdir(), 'codeagent-start-'));
    await writeSettings(home);
    await layOutExtension(home);
    return startServer({ home, removeHome: true, env: welcome });
  });
  const url = `${serving.url}?folder=${encodeURIComponent(folder).replaceAll('%2F', '/')}`;
  console.log(`Ready after ${seconds(began)} s: ${url}`);
  openBrowser(url);
  console.log('Click Scan Workspace in the CodeAgent view. Ctrl-C ends it and leaves nothing running.');
  console.log(
    `To remove it: delete ${relative(process.env.INIT_CWD ?? '.', workFolder) || '.'}; nothing was installed elsewhere.`,
  );
  await serving.exited;
  if (!stopping) throw new Error("VS Code's server ended by itself.");
}

/** Puts the contents of the .vsix where VS Code finds its extensions. */
async function layOutExtension(home) {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  // Not earlier: it needs the packages.
  const { stageVsix } = await import('./packages/stage.mjs');
  await stageVsix(platform, join(home, 'extensions', `${id}-${version}`), 'quick');
}

function openBrowser(url) {
  const command = browserCommand(url);
  if (command === undefined) console.log('Open it in a browser.');
  else {
    const child = spawn(command[0], command.slice(1), { stdio: 'ignore', detached: true });
    child.once('error', () => console.log('Open it in a browser.'));
    child.unref();
  }
}

function signal() {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, resolve);
  });
}

/** Resolves when npm, which started this, has ended: SIGKILL is not reported to anyone. */
function starterGone() {
  const before = starters();
  return new Promise((resolve) => {
    const look = () => {
      if (starters() === before) return;
      clearInterval(timer);
      resolve();
    };
    const timer = setInterval(look, 500);
    timer.unref();
  });
}

/** The parent; or the grandparent, if that is the shell in which npm runs scripts. */
function starters() {
  const parent = process.ppid;
  if (process.platform !== 'linux' || process.env.npm_lifecycle_event === undefined) return String(parent);
  try {
    const [, name, grandparent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${parent}/stat`, 'utf8')) ?? [];
    return /^(?:da|ba|z|a)?sh$/.test(name) ? `${parent} ${grandparent}` : String(parent);
  } catch {
    // Gone between the two lines: the next check notices.
    return String(parent);
  }
}
