import { currentPhase, type Job, type LogEvent } from '../protocol';
import type { ScanArgs } from './args/scan';

/** Shows a job's progress on stderr while it runs. */
export interface ProgressPrinter {
  job(job: Job): void;
  log(event: LogEvent): void;
  /** Leaves the cursor at the start of a line. */
  end(): void;
}

/** `plain`: one line per change. `json`: one Job per line. `none`: nothing. `auto`: a single updating line on a terminal, otherwise plain. */
export function progressPrinter(kind: ScanArgs['progress']): ProgressPrinter {
  if (kind === 'none') return { job: () => undefined, log: () => undefined, end: () => undefined };
  if (kind === 'json') return jsonPrinter();
  return linePrinter(kind === 'auto' && process.stderr.isTTY);
}

function jsonPrinter(): ProgressPrinter {
  let last = '';
  return {
    job(job) {
      const line = JSON.stringify(job);
      if (line !== last) process.stderr.write(`${line}\n`);
      last = line;
    },
    log: () => undefined,
    end: () => undefined,
  };
}

function linePrinter(rewrite: boolean): ProgressPrinter {
  let last = '';
  let open = false;
  const clear = () => {
    if (open) process.stderr.write('\r\x1b[2K');
    open = false;
  };
  return {
    job(job) {
      const phase = job.progress
        ? `${currentPhase(job) ?? job.progress.phase} ${Math.round(job.progress.percent)}%`
        : '';
      const line = `${job.status} ${phase}`.trim();
      if (line === last) return;
      last = line;
      if (rewrite) {
        process.stderr.write(`\r\x1b[2K${line}`);
        open = true;
      } else process.stderr.write(`${line}\n`);
    },
    log(event) {
      // Warnings are gaps, which are printed at the end.
      if (event.level !== 'error') return;
      clear();
      process.stderr.write(
        `${event.level}: ${event.analyzer === null ? '' : `${event.analyzer}: `}${printable(event.message)}\n`,
      );
    },
    end: clear,
  };
}

/** An untrusted text without control characters, for the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (c) => (c === '\t' ? ' ' : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`));
}
