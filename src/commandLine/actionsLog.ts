import { randomBytes } from 'node:crypto';
import { fstatSync } from 'node:fs';

// GitHub Actions runs workflow commands that it finds in the log of a step, and what is told of scanned files may look like them: their names, and their
// lines. https://docs.github.com/actions/reference/workflow-commands-for-github-actions#stopping-and-starting-workflow-commands

/** What lets the log have commands again; undefined: it may have them. */
let stoppedBy: string | undefined;

/** Keeps what is written to stderr from now on from being read as commands; as one log is made of both streams, stdout is kept from it, too. */
export function stopCommands(): void {
  if (stoppedBy !== undefined || !isLog(process.stderr)) return;
  stoppedBy = newToken();
  process.stderr.write(stopLine(stoppedBy));
}

/** Ends what `stopCommands` began; later steps of the same script may have commands. */
export function resumeCommands(): void {
  if (stoppedBy === undefined) return;
  process.stderr.write(resumeLine(stoppedBy));
  stoppedBy = undefined;
}

/** Writes our own commands to stderr, a line each. */
export function writeCommands(lines: string): void {
  if (lines === '') return;
  const wereStopped = stoppedBy !== undefined;
  resumeCommands();
  process.stderr.write(lines);
  if (wereStopped) stopCommands();
}

/**
 * A text for stdout that is not read as commands there, even where stdout gets ahead of stderr. Only for a text that people read, or a diff: the lines
 * around it would spoil JSON that is piped to a program.
 */
export function withoutCommands(text: string): string {
  if (text === '' || !isLog(process.stdout)) return text;
  const token = newToken();
  return `${stopLine(token)}${text}${text.endsWith('\n') ? '' : '\n'}${resumeLine(token)}`;
}

/** Whether a stream goes to the log of a step; what goes to a file does not. */
function isLog({ fd }: { readonly fd: number }): boolean {
  if (process.env['GITHUB_ACTIONS'] !== 'true') return false;
  try {
    return !fstatSync(fd).isFile();
  } catch {
    return false; // It is closed.
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
