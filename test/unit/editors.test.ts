import assert from 'node:assert/strict';
import { browserCommand, findEditor, spawnable } from '../support/editors.mjs';

/** A machine with only these files. */
const only = (...files: string[]) => {
  const there = new Set(files);
  return (path: string) => there.has(path);
};

describe('the VS Code of npm start', () => {
  const desktop = { DISPLAY: ':0', PATH: '/usr/local/bin:/usr/bin' };

  it('is one on PATH, VS Code itself before its forks', () => {
    const all = ['cursor', 'codium', 'code-insiders', 'code'].map((name) => `/usr/bin/${name}`);
    for (let left = all; left.length > 0; left = left.slice(0, -1))
      assert.equal(findEditor(desktop, 'linux', only(...left)), left.at(-1));
    assert.equal(findEditor(desktop, 'linux', only()), undefined);
  });

  it('is none without a display', () => {
    assert.equal(findEditor({ PATH: '/usr/bin' }, 'linux', only('/usr/bin/code')), undefined);
    assert.equal(
      findEditor({ PATH: '/usr/bin', WAYLAND_DISPLAY: 'w' }, 'linux', only('/usr/bin/code')),
      '/usr/bin/code',
    );
  });

  it('is that of the window that contains the terminal', () => {
    const all = only('/usr/bin/code', '/usr/bin/code-insiders', '/usr/bin/codium', '/usr/bin/cursor');
    const inTerminalOf = (main: string) =>
      findEditor({ ...desktop, TERM_PROGRAM: 'vscode', VSCODE_GIT_ASKPASS_MAIN: main }, 'linux', all);
    const main = 'resources/app/extensions/git/dist/askpass-main.js';
    assert.equal(inTerminalOf(`/usr/share/code/${main}`), '/usr/bin/code');
    assert.equal(inTerminalOf(`/usr/share/code-insiders/${main}`), '/usr/bin/code-insiders');
    assert.equal(inTerminalOf(`/usr/share/codium/${main}`), '/usr/bin/codium');
    assert.equal(inTerminalOf(`/Applications/Cursor.app/Contents/${main}`), '/usr/bin/cursor');
    assert.equal(inTerminalOf(`/Applications/Visual Studio Code - Insiders.app/${main}`), '/usr/bin/code-insiders');
  });

  it('can be used from a remote window’s terminal, which has no display', () => {
    const bin = '/home/me/.vscode-server/bin/1/bin/remote-cli';
    const env = { PATH: bin, TERM_PROGRAM: 'vscode', VSCODE_IPC_HOOK_CLI: '/run/ipc.sock' };
    assert.equal(findEditor(env, 'linux', only(`${bin}/code`)), `${bin}/code`);
  });

  it('is found where installers put it, on PATH or not', () => {
    const mac = '/Applications/Visual Studio Code.app/Contents/Resources/app/bin/code';
    assert.equal(findEditor({ PATH: '/usr/bin', HOME: '/Users/me' }, 'darwin', only(mac)), mac);
    const windows = 'C:\\Users\\A B\\AppData\\Local\\Programs\\Microsoft VS Code\\bin\\code.cmd';
    const env = { Path: 'C:\\Windows', LOCALAPPDATA: 'C:\\Users\\A B\\AppData\\Local' };
    assert.equal(findEditor(env, 'win32', only(windows)), windows);
  });

  it('is started by a shell on Windows, with blanks in its path and in the folder', () => {
    const code = 'C:\\Program Files\\Microsoft VS Code\\bin\\code.cmd';
    assert.deepEqual(spawnable([code, 'C:\\my code'], 'win32'), {
      command: `"${code}"`,
      args: ['"C:\\my code"'],
      shell: true,
    });
    assert.deepEqual(spawnable(['/usr/bin/code', '/my code'], 'linux'), {
      command: '/usr/bin/code',
      args: ['/my code'],
      shell: false,
    });
  });
});

describe('the browser of npm start', () => {
  const url = 'http://127.0.0.1:1/?folder=/a&b';

  it('is opened if there is a display, never through a shell', () => {
    assert.deepEqual(browserCommand(url, { DISPLAY: ':0' }, 'linux'), ['xdg-open', url]);
    assert.deepEqual(browserCommand(url, {}, 'darwin'), ['open', url]);
    assert.deepEqual(browserCommand(url, {}, 'win32'), ['rundll32', 'url.dll,FileProtocolHandler', url]);
    assert.equal(browserCommand(url, {}, 'linux'), undefined);
  });

  it('is on the user’s side in the terminal of a remote window', () => {
    const env = { TERM_PROGRAM: 'vscode', BROWSER: '/remote/browser.sh' };
    assert.deepEqual(browserCommand(url, env, 'linux'), ['/remote/browser.sh', url]);
  });
});
