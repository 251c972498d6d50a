// `npm start [folder]`: packages the extension and opens VS Code with it: the desktop one where there is one and a
// display, else one in the browser, which runs until Ctrl-C.
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { mustRun, onPath, root, vsixFile, workFolder } from './repo.mjs';
import { setup } from './setup.mjs';
import { installExtension, startServer, writeSettings } from './vscodeServer.mjs';

// npm changes to the repository's root; INIT_CWD is where the user typed the folder.
const folder = process.argv[2]
  ? resolve(process.env.INIT_CWD ?? '.', process.argv[2])
  : join(root, 'test', 'fixtures', 'sample');
const home = join(workFolder, 'start');
const code = onPath('code');
const hasDisplay = process.platform !== 'linux' || Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);

try {
  await setup({ browser: false });
  await mustRun(process.execPath, [join(root, 'test', 'support', 'package.mjs')]);
  if (code && hasDisplay) await openDesktop();
  else await openInBrowser();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

async function openDesktop() {
  await mustRun(code, ['--install-extension', vsixFile, '--force']);
  await mustRun(code, [folder]);
  console.log(`CodeAgent Scanner is installed in VS Code, which opens ${folder}`);
}

async function openInBrowser() {
  await mkdir(home, { recursive: true });
  await writeSettings(home);
  await installExtension(home, vsixFile);
  const server = await startServer({ home });
  console.log(`CodeAgent Scanner is at ${server.url}?folder=${encodeURIComponent(folder).replaceAll('%2F', '/')}`);
  console.log('Open it in a browser. Ctrl-C ends it.');
  const ended = await Promise.race([server.exited, signal()]);
  await server.stop();
  if (ended === 'server') throw new Error("VS Code's server ended");
}

function signal() {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => resolve('signal'));
  });
}
