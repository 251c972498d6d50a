import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Analyzer, AnalyzerRun } from '../../../src/engines/engine/engine';
import type { FoundIssue } from '../../../src/protocol';
import { abortReason } from '../../../src/base/abort';

/** A complete analyzer, except for what a test is about. */
export function analyzer(id: string, analyze: Analyzer['analyze'], more: Partial<Analyzer> = {}): Analyzer {
  return {
    id,
    title: id,
    kind: 'embedded',
    scope: 'file',
    handles: () => true,
    availability: () => Promise.resolve({ available: true, version: '1.0' }),
    analyze,
    ...more,
  };
}

export function found(file: string, line: number, more: Partial<FoundIssue> = {}): FoundIssue {
  return {
    tool: 'test',
    type: 'security',
    message: 'A bad line.',
    severity: 'high',
    file,
    line,
    rule_id: 'bad-line',
    suggestion: null,
    ...more,
  };
}

/** Actually reads the files and reports each line that contains BAD. */
export function badLines(id = 'bad'): Analyzer {
  return analyzer(id, async (run) => {
    for (const [index, file] of run.files.entries()) {
      if (run.signal.aborted) throw abortReason(run.signal);
      const lines = (await readFile(join(run.root, file.path), 'utf8')).split('\n');
      run.issues(
        lines.flatMap((text, at) => (text.includes('BAD') ? [found(file.path, at + 1, { cwe: ['CWE-1'] })] : [])),
      );
      run.progress(index + 1);
    }
  });
}

/** Waits until the test releases it, or it is told to stop. */
export function gated(id = 'gated'): { analyzer: Analyzer; open: () => void; runs: AnalyzerRun[] } {
  const runs: AnalyzerRun[] = [];
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const it = analyzer(id, async (run) => {
    runs.push(run);
    await Promise.race([
      gate,
      new Promise<never>((_, reject) =>
        run.signal.addEventListener('abort', () => reject(abortReason(run.signal)), { once: true }),
      ),
    ]);
  });
  return { analyzer: it, open, runs };
}

/** Starts a real child, with a grandchild that shares its output, which only end when they are killed. */
export function stubbornChild(pids: number[], id = 'child'): Analyzer {
  return analyzer(id, async (run) => {
    const script =
      "require('child_process').spawn('sleep',['600'],{stdio:'inherit'});setInterval(()=>{},1e6);console.log('up')";
    const child = spawn(process.execPath, ['-e', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    if (child.pid !== undefined) pids.push(child.pid);
    const kill = () => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, 'SIGKILL');
    };
    const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
    if (run.signal.aborted) kill();
    else run.signal.addEventListener('abort', kill, { once: true });
    child.stdout.on('data', () => run.progress(Math.min(1, run.files.length)));
    await closed;
    if (run.signal.aborted) throw abortReason(run.signal);
  });
}
