import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo } from 'node:net';
import { isPrivateHost, isPublicAddress, publicLookup } from '../../src/base/publicAddress';

describe('public addresses', () => {
  const publicOnes =
    '1.1.1.1 8.8.8.8 100.63.255.255 172.15.0.1 172.32.0.1 192.167.1.1 11.0.0.1 223.255.255.255 2606:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8 64:ff9b::808:808';
  const privateOnes =
    '0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.168.0.1 192.0.0.8 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 ' +
    ':: ::1 fe80::1 fe80::1%eth0 fc00::1 fd12:3456::1 fec0::1 ff02::1 ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::10.0.0.1 2002:7f00:1:: 2001:0:1::1 2001:db8::1 ::127.0.0.1 100::1';

  it('are distinguished from private, loopback, link-local and other special ones', () => {
    for (const one of publicOnes.split(' ')) assert.equal(isPublicAddress(one), true, one);
    for (const one of privateOnes.split(' ')) assert.equal(isPublicAddress(one), false, one);
    for (const none of ['', 'x', 'localhost', '1.2.3', '1.2.3.4.5', '[::1]'])
      assert.equal(isPublicAddress(none), false, none);
  });

  it('hosts are checked in every notation', async () => {
    for (const text of [
      'http://127.0.0.1/',
      'http://2130706433/',
      'http://0x7f.1/',
      'http://0177.0.0.1/',
      'http://127.1/',
      'http://127.0.0.1./',
      'http://[::1]/',
      'http://[::ffff:127.0.0.1]/',
      'http://[fe80::1]/',
      'http://localhost/',
      'http://169.254.169.254/latest/meta-data/',
    ])
      assert.equal(await isPrivateHost(new URL(text).hostname), true, text);
    assert.equal(await isPrivateHost('8.8.8.8'), false);
    assert.equal(await isPrivateHost('no-such-host.invalid'), false);
  });

  it('are the only ones that publicLookup returns to a connection', async () => {
    const server = createServer(() => assert.fail('a connection came'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const error = await new Promise<NodeJS.ErrnoException>((resolve) =>
      connect({ host: 'localhost', port, lookup: publicLookup }).on('error', resolve),
    );
    assert.equal(error.code, 'PRIVATE_ADDRESS');
    server.close();
  });
});
