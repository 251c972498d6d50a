import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OneToken } from '../../src/service/local/oneToken';
import { openLocal } from '../../src/service/local/openLocal';
import { portTests } from './support/portTests';
import { MemoryLog } from './support/service';

describe('the ports of the scan service, on a folder', () => {
  portTests(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'codeagent-local-'));
    const config = { defaults: [], rulesets: {}, allow_list: [] };
    const open = () => openLocal({ folder, config, maxEvents: 1024 * 1024, log: new MemoryLog() });
    const [one, two] = [await open(), await open()];
    const adminToken = 'the-token-of-an-admin';
    return {
      one,
      two,
      access: [new OneToken(adminToken)],
      adminToken,
      async close() {
        await one.close();
        await two.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  });
});
