// Finds the desktop VS Code that `npm start` uses, and starts its command.
import { existsSync } from 'node:fs';
import { posix, win32 } from 'node:path';

/** The commands of VS Code and its forks, best first, with the locations where installers put them outside PATH. */
const editors = [
  { command: 'code', mac: 'Visual Studio Code', windows: 'Microsoft VS Code' },
  { command: 'code-insiders', mac: 'Visual Studio Code - Insiders', windows: 'Microsoft VS Code Insiders' },
  { command: 'codium', mac: 'VSCodium', windows: 'VSCodium' },
  { command: 'cursor', mac: 'Cursor', windows: 'cursor\\resources\\app' },
];

/**
 * @param {NodeJS.Dict<string>} env
 * @param {NodeJS.Platform} platform
 * @param {(path: string) => boolean} exists whether there is such a file
 * @returns {string | undefined} the path of a VS Code command that can open a window: that of the window whose terminal this is, if it is one
 */
export function findEditor(env = process.env, platform = process.platform, exists = existsSync) {
  const inTerminal = env.TERM_PROGRAM === 'vscode';
  // A terminal in a remote window has no display; its command reaches the window through a socket.
  const canShow = platform !== 'linux' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.VSCODE_IPC_HOOK_CLI);
  if (!canShow) return undefined;
  const found = editors.flatMap((editor) => {
    const path = candidates(editor, env, platform).find(exists);
    return path === undefined ? [] : [{ ...editor, path }];
  });
  // In such a terminal, the only variables that distinguish the editors name files of the editor.
  const own = `${env.VSCODE_GIT_ASKPASS_NODE ?? ''} ${env.VSCODE_GIT_ASKPASS_MAIN ?? ''}`.toLowerCase();
  const names = (editor) => [editor.command, editor.mac.toLowerCase(), editor.windows.toLowerCase()];
  // Longest name first: "code" is part of "code-insiders".
  const byLength = [...found].sort((a, b) => b.command.length - a.command.length);
  const around = inTerminal && byLength.find((editor) => names(editor).some((name) => own.includes(name)));
  return (around || found[0])?.path;
}

function candidates({ command, mac, windows }, env, platform) {
  const { join, delimiter } = platform === 'win32' ? win32 : posix;
  const file = platform === 'win32' ? `${command}.cmd` : command;
  const onPath = (env.PATH ?? env.Path ?? '').split(delimiter).filter(Boolean);
  const installed = {
    darwin: ['/Applications', join(env.HOME ?? '/', 'Applications')].map((folder) =>
      join(folder, `${mac}.app`, 'Contents', 'Resources', 'app', 'bin'),
    ),
    win32: [env.LOCALAPPDATA && join(env.LOCALAPPDATA, 'Programs'), env.ProgramFiles]
      .filter(Boolean)
      .map((folder) => join(folder, windows, 'bin')),
  };
  return [...onPath, ...(installed[platform] ?? [])].map((folder) => join(folder, file));
}

/**
 * A command in the form that `spawn` needs: Windows starts a .cmd only through a shell, which needs quotes around anything with blanks.
 * @param {string[]} command
 * @returns {{command: string, args: string[], shell: boolean}}
 */
export function spawnable([program, ...args], platform = process.platform) {
  if (platform !== 'win32' || !program.endsWith('.cmd')) return { command: program, args, shell: false };
  const quote = (text) => `"${text}"`;
  return { command: quote(program), args: args.map(quote), shell: true };
}

/** The command that opens a URL in the user's browser; undefined if there is no display. */
export function browserCommand(url, env = process.env, platform = process.platform) {
  if (platform === 'darwin') return ['open', url];
  // Not `start`, which needs a shell.
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url];
  // In a terminal of a remote window: it opens the browser on the user's side.
  if (env.TERM_PROGRAM === 'vscode' && env.BROWSER) return [env.BROWSER, url];
  return env.DISPLAY || env.WAYLAND_DISPLAY ? ['xdg-open', url] : undefined;
}
