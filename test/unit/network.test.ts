import assert from 'node:assert/strict';
import { networkEnvironment, networkFromEnvironment, proxyFor, shownProxy } from '../../src/base/network';

const at = (url: string, env: Record<string, string>) => proxyFor(new URL(url), networkFromEnvironment(env))?.href;

describe('the proxy', () => {
  it('is the one for the scheme, in lower case before upper case', () => {
    const env = { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2', HTTP_PROXY: 'c:3' };
    assert.equal(at('https://x.org', env), 'http://b:2/');
    assert.equal(at('http://x.org', env), 'http://c:3/');
    assert.equal(at('https://x.org', { HTTP_PROXY: 'http://a:1', HTTPS_PROXY: ' ' }), undefined);
  });

  it('is not used for hosts in NO_PROXY', () => {
    const direct = (noProxy: string, url: string) =>
      at(url, { HTTPS_PROXY: 'http://a:1', NO_PROXY: noProxy }) === undefined;
    for (const [noProxy, url] of [
      ['*', 'https://x.org'],
      ['x.org', 'https://x.org'],
      ['a, x.org ,b', 'https://X.org'],
      ['x.org', 'https://www.x.org'],
      ['.x.org', 'https://www.x.org'],
      ['*.x.org', 'https://www.x.org'],
      ['x.org:443', 'https://x.org'],
      ['x.org:8443', 'https://x.org:8443'],
      ['10.0.0.0/8', 'https://10.1.2.3'],
      ['10.1.2.3', 'https://10.1.2.3:99'],
      ['[::1]', 'https://[::1]:8443'],
      ['::1', 'https://[::1]'],
      ['fd00::/8', 'https://[fd12::1]'],
      ['[fd12::1]:8443', 'https://[fd12::1]:8443'],
    ] as const)
      assert.ok(direct(noProxy, url), `${noProxy}: ${url}`);
    for (const [noProxy, url] of [
      ['', 'https://x.org'],
      ['x.org', 'https://notx.org'],
      ['x.org:8443', 'https://x.org'],
      ['www.x.org', 'https://x.org'],
      ['10.0.0.0/8', 'https://11.1.2.3'],
      ['10.0.0.0/99', 'https://10.1.2.3'],
      ['1', 'https://10.1.2.1'],
      ['::2', 'https://[::1]'],
      [',', 'https://x.org'],
    ] as const)
      assert.ok(!direct(noProxy, url), `${noProxy}: ${url}`);
  });

  it('is shown and reported without its password', () => {
    assert.equal(shownProxy(new URL('http://user:secret@host:1/')), 'http://host:1');
    for (const proxy of ['socks5://user:secret@host:1', 'http://user:se@cret@:99999', 'ftp://user:secret@host'])
      assert.throws(
        () => at('https://x.org', { HTTPS_PROXY: proxy }),
        (error: Error) => /not an http or https URL/.test(error.message) && !/se@?cret/.test(error.message),
      );
  });

  it('survives the environment that our programs get', () => {
    const network = {
      httpProxy: 'http://user:word@a:1/',
      httpsProxy: 'http://user:word@b:2/',
      noProxy: ['x.org', '::1'],
      proxyAuthorization: `Basic ${Buffer.from('user:word').toString('base64')}`,
      proxyStrictSsl: false,
      caFile: '/ca.pem',
    };
    const plain = { ...network, httpProxy: 'http://a:1', httpsProxy: 'b:2' };
    assert.deepEqual(networkFromEnvironment(networkEnvironment(plain)), network);
    assert.deepEqual(networkEnvironment(networkFromEnvironment({})), {});
  });
});
