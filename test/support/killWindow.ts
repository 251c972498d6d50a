// Acts as the extension host, with the extension's own classes, as killCheck.mjs directs it over the channel: arguments are the command
// line's script, the storage of the runner, and the open folder.
import { setTimeout as wait } from 'node:timers/promises';
import { packFolder } from '../../src/client/packProcess';
import { RunnerProcess } from '../../src/client/runnerProcess';
import type { Logger } from '../../src/base/logger';
import { isTerminal, type ScanRequest } from '../../src/protocol';

const [cli = '', storage = '', root = ''] = process.argv.slice(2);
const log: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const env = () => ({ GIT_SSL_CAINFO: process.env['GIT_SSL_CAINFO'] ?? '', CODEAGENT_LINGER_MS: '500' });
const runner = new RunnerProcess({ cli, storage, roots: () => [root], env, log });
const packing = new AbortController();

const calls = {
  submit: async (request: ScanRequest) => (await (await runner.client()).submit(request)).job_id,
  cancel: async (id: string) => {
    const client = await runner.client();
    // One that has just ended cannot be canceled.
    await client.cancel(id).catch(() => undefined);
    while (!isTerminal((await client.job(id)).status)) await wait(20);
  },
  jobs: async () => (await runner.client()).jobs({ limit: 500 }),
  killRunner: async () => {
    // Requests before the window has noticed fail, as they should.
    const noticed = new Promise((resolve) => runner.onExit(resolve));
    const pid = await runner.pid();
    if (pid === undefined) throw new Error('there is no runner to kill');
    process.kill(pid, 'SIGKILL');
    await noticed;
  },
  pack: ({ folder, output }: { folder: string; output: string }) => {
    void packFolder(cli, folder, output, { always: false, signal: packing.signal }).then(
      () => process.send?.({ packed: true }),
      () => process.send?.({ packed: false }),
    );
    return Promise.resolve();
  },
  stopPacking: () => {
    packing.abort();
    return Promise.resolve();
  },
  close: () => runner.close(),
  release: () => runner.release(),
};

process.on('message', ({ call, value }: { call: keyof typeof calls; value: never }) => {
  calls[call](value).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
