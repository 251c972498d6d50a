import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processes } from './processes';

/** An analyzer that finds nothing, and does not end while the gate is closed: a scan stays in progress for as long as a test examines it. */
export class Gate {
  private constructor(private readonly folder: string) {}

  /** Makes one that is open. Always remove it in `after`. */
  static async make(): Promise<Gate> {
    const gate = new Gate(await mkdtemp(join(tmpdir(), 'codeagent-gate-')));
    const log = JSON.stringify({ version: '2.1.0', runs: [] });
    await writeFile(gate.program, `#!/bin/sh\nwhile [ -e '${gate.bar}' ]; do sleep 0.1; done\necho '${log}'\n`);
    await chmod(gate.program, 0o755);
    return gate;
  }

  /** The setting `codeagent.analyzers.custom`, which is the key `custom` of a --tools file too. */
  get custom(): { id: string; command: string[] }[] {
    return [{ id: 'gate', command: [this.program] }];
  }

  /** Holds up the scans that reach it from now on. */
  async close(): Promise<void> {
    await writeFile(this.bar, '');
  }

  /** Lets all scans pass. */
  async open(): Promise<void> {
    await rm(this.bar, { force: true });
  }

  /** Whether a scan is held up, or its analyzer outlived it. */
  isHolding(): boolean {
    return processes().some(({ command }) => command.includes(this.program));
  }

  /** Opens it for good. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private get program(): string {
    return join(this.folder, 'gate.sh');
  }

  /** The gate is closed while this file exists. */
  private get bar(): string {
    return join(this.folder, 'closed');
  }
}
