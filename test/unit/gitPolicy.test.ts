import assert from 'node:assert/strict';
import { promises } from 'node:dns';
import { GitPolicy } from '../../src/service/pipeline/gitPolicy';

describe('the policy for repositories', () => {
  const policy = (publicOnly: boolean, ...allowList: string[]) =>
    new GitPolicy({ allowFileUrls: true, publicOnly, allowList: () => Promise.resolve(allowList) });

  it('returns the addresses that it found to be public, so that git can be restricted to them', async () => {
    for (const [url, address] of [
      ['https://8.8.8.8/o/r.git', '8.8.8.8'],
      ['https://[2606:4700::1111]/o/r.git', '2606:4700::1111'],
      ['ssh://git@1.1.1.1:2222/o/r.git', '1.1.1.1'],
    ] as const)
      assert.deepEqual((await policy(true).check(url)).addresses, [address]);
    const hosts =
      '127.0.0.1 127.0.0.1. 127.1 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001 0 10.0.0.1 169.254.169.254 localhost LOCALHOST localhost. ' +
      '[::1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:10.0.0.1] [0:0:0:0:0:ffff:a9fe:a9fe] [fe80::1] [fd00::1] [64:ff9b::127.0.0.1] [2002:7f00:1::]';
    for (const host of hosts.split(' '))
      for (const url of [`https://${host}/o/r`, `ssh://git@${host}/o/r`, `ssh://git@${host}:2222/o/r`])
        await assert.rejects(policy(true).check(url), { code: 'FORBIDDEN' }, url);
    await assert.rejects(policy(true).check('git@169.254.169.254:o/r'), { code: 'FORBIDDEN' });
    await assert.rejects(policy(true).check('git@2130706433:o/r'), { code: 'FORBIDDEN' });
  });

  describe('with names', () => {
    const { lookup } = promises;
    const variables = ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];
    const before = variables.map((name) => [name, process.env[name]] as const);
    beforeEach(() => variables.forEach((name) => Reflect.deleteProperty(process.env, name)));
    afterEach(() => {
      promises.lookup = lookup;
      for (const [name, value] of before)
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
    });
    const isAt = (...addresses: string[]) => {
      const answer = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      promises.lookup = (() => Promise.resolve(answer)) as unknown as typeof lookup;
    };

    it('restricts git to all their addresses, and rejects a name with a private one', async () => {
      for (const url of ['https://git.example.com/o/r', 'ssh://git@git.example.com/o/r', 'git@git.example.com:o/r']) {
        isAt('8.8.8.8', '2606:4700::1111');
        assert.deepEqual((await policy(true).check(url)).addresses, ['8.8.8.8', '2606:4700::1111']);
        for (const address of ['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1%eth0', '127.0.0.1']) {
          isAt('8.8.8.8', address);
          await assert.rejects(policy(true).check(url), { code: 'FORBIDDEN', message: /not at a public address/ });
        }
      }
    });

    it('rejects a name that cannot be resolved, unless a proxy does it', async () => {
      promises.lookup = (() => Promise.reject(new Error('ENOTFOUND'))) as typeof lookup;
      const [https, ssh] = ['https://no-such-host.invalid/o/r', 'ssh://git@no-such-host.invalid/o/r'];
      for (const url of [https, ssh])
        await assert.rejects(policy(true).check(url), { code: 'FORBIDDEN', message: /cannot be resolved/ });
      process.env['HTTPS_PROXY'] = 'http://127.0.0.1:3128';
      assert.deepEqual((await policy(true).check(https)).addresses, []);
      await assert.rejects(policy(true).check(ssh), { code: 'FORBIDDEN' });
      process.env['NO_PROXY'] = '.invalid';
      await assert.rejects(policy(true).check(https), { code: 'FORBIDDEN' });
      assert.deepEqual((await policy(true, 'no-such-host.invalid').check(ssh)).addresses, []);
    });

    it('ignores a trailing dot of a name', async () => {
      isAt('8.8.8.8');
      for (const url of ['https://git.example.com./o/r', 'ssh://git@git.example.com./o/r', 'git@git.example.com.:o/r'])
        assert.equal((await policy(true).check(url)).host, 'git.example.com');
      await assert.rejects(policy(true, 'github.com').check('https://git.example.com./o/r'), { code: 'FORBIDDEN' });
    });
  });

  it('returns no addresses if they do not matter', async () => {
    assert.deepEqual((await policy(true, '127.0.0.1').check('https://127.0.0.1/o/r')).addresses, []);
    assert.deepEqual((await policy(false).check('https://127.0.0.1/o/r')).addresses, []);
    assert.deepEqual((await policy(true).check('file:///o/r')).addresses, []);
  });
});
