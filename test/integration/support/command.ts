import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** The command line as it ships. */
export const cli = resolve(__dirname, '../../../dist/cli.js');

/** How a command ended. */
export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Its duration in milliseconds. */
  readonly ms: number;
}

/**
 * Lines of a log that GitHub Actions reads as commands, the way its runner does: trimmed, split at either kind of line break, and from
 * "##[" on anywhere.
 */
export function commandsIn(log: string): string[] {
  const commands: string[] = [];
  let token: string | undefined;
  for (const line of log.split(/\r\n|\r|\n/).map((one) => one.trim())) {
    if (token !== undefined) {
      if (line === `::${token}::`) token = undefined;
    } else {
      token = /^::stop-commands::(.+)$/.exec(line)?.[1];
      if (token === undefined && (line.startsWith('::') || line.includes('##['))) commands.push(line);
    }
  }
  if (token !== undefined) commands.push('commands are still stopped');
  return commands;
}

/** Runs `codeagent`, as a user would. */
export function codeagent(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandEnd> {
  const began = performance.now();
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [cli, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Tests may themselves run in GitHub Actions, where the output has more lines.
      env: { ...process.env, GITHUB_ACTIONS: '', ...env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', fail);
    child.on('close', (code) => done({ code, stdout, stderr, ms: performance.now() - began }));
  });
}
