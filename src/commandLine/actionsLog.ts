import { randomBytes } from 'node:crypto';
import { fstatSync } from 'node:fs';

// GitHub Actions executes workflow commands that it finds in a step's log, and text from scanned files (their names and lines) may look
// like such commands.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions#stopping-and-starting-workflow-commands

/** The token that turns commands back on; undefined while they are on. */
let stoppedBy: string | undefined;

/** From now on, keeps text on stderr from being read as commands. Both streams end up in one log, so this applies to stdout as well. */
export function stopCommands(): void {
  if (stoppedBy !== undefined || !isLog(process.stderr)) return;
  stoppedBy = newToken();
  process.stderr.write(stopLine(stoppedBy));
}

/** Reverts `stopCommands`, so that later steps of the same script can use commands. */
export function resumeCommands(): void {
  if (stoppedBy === undefined) return;
  process.stderr.write(resumeLine(stoppedBy));
  stoppedBy = undefined;
}

/** Writes our own commands to stderr, one per line. */
export function writeCommands(lines: string): void {
  if (lines === '') return;
  const wereStopped = stoppedBy !== undefined;
  resumeCommands();
  process.stderr.write(lines);
  if (wereStopped) stopCommands();
}

/**
 * Protects a text for stdout from being read as commands, even if stdout gets ahead of stderr. Only for text that people read, or a diff:
 * the extra lines would break JSON that is piped to a program.
 */
export function withoutCommands(text: string): string {
  if (text === '' || !isLog(process.stdout)) return text;
  const token = newToken();
  return `${stopLine(token)}${text}${text.endsWith('\n') ? '' : '\n'}${resumeLine(token)}`;
}

/** Whether a stream goes to the step's log rather than to a file. */
function isLog({ fd }: { readonly fd: number }): boolean {
  if (process.env['GITHUB_ACTIONS'] !== 'true') return false;
  try {
    return !fstatSync(fd).isFile();
  } catch {
    return false; // The stream is closed.
  }
}

function newToken(): string {
  return randomBytes(16).toString('hex');
}

function stopLine(token: string): string {
  return `::stop-commands::${token}\n`;
}

function resumeLine(token: string): string {
  return `::${token}::\n`;
}
