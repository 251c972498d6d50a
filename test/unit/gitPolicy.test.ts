import assert from 'node:assert/strict';
import { GitPolicy } from '../../src/service/pipeline/gitPolicy';

describe('the policy for repositories', () => {
  const policy = (publicOnly: boolean, ...allowList: string[]) =>
    new GitPolicy({ allowFileUrls: true, publicOnly, allowList: () => Promise.resolve(allowList) });

  it('tells which addresses it found to be public, so that git can be held to them', async () => {
    for (const [url, address] of [
      ['https://8.8.8.8/o/r.git', '8.8.8.8'],
      ['https://[2606:4700::1111]/o/r.git', '2606:4700::1111'],
      ['ssh://git@1.1.1.1:2222/o/r.git', '1.1.1.1'],
    ] as const)
      assert.deepEqual((await policy(true).check(url)).addresses, [address]);
    assert.deepEqual((await policy(true).check('https://no-such-host.invalid/o/r')).addresses, []);
    for (const url of [
      'https://127.0.0.1/o/r',
      'https://[::1]/o/r',
      'https://localhost/o/r',
      'git@169.254.169.254:o/r',
    ])
      await assert.rejects(policy(true).check(url), { code: 'FORBIDDEN' }, url);
  });

  it('names no address where it does not matter', async () => {
    assert.deepEqual((await policy(true, '127.0.0.1').check('https://127.0.0.1/o/r')).addresses, []);
    assert.deepEqual((await policy(false).check('https://127.0.0.1/o/r')).addresses, []);
    assert.deepEqual((await policy(true).check('file:///o/r')).addresses, []);
  });
});
