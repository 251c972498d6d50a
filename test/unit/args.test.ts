import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { errorCode } from '../../src/base/errors';
import { parseCommandLine } from '../../src/commandLine/args';
import { reaches } from '../../src/findings/severity';

function usageOf(argv: string[]): string {
  try {
    parseCommandLine(argv);
  } catch (error) {
    assert.equal(errorCode(error), 'USAGE');
    return (error as Error).message;
  }
  throw new assert.AssertionError({ message: `taken: ${argv.join(' ')}` });
}

describe('command line', () => {
  it('scans the current folder as text by default', () => {
    const args = parseCommandLine(['scan']);
    assert.ok(args.command === 'scan');
    assert.equal(args.path, resolve('.'));
    assert.equal(args.format, 'text');
    assert.equal(args.failOn, undefined);
    assert.equal(args.config, undefined);
  });

  it('accepts --changed with and without a base', () => {
    for (const [argv, base] of [
      [['scan', '--changed'], 'HEAD'],
      [['scan', '--changed', '--format', 'json'], 'HEAD'],
      [['scan', '--changed', 'main'], 'main'],
    ] as const) {
      const args = parseCommandLine(argv);
      assert.ok(args.command === 'scan');
      assert.equal(args.changed, base);
    }
  });

  it('serves agents with the roots’ decisions, unless told otherwise', () => {
    for (const [argv, config] of [
      [['mcp'], true],
      [['mcp', '--root', 'a', '--no-config'], false],
    ] as const) {
      const args = parseCommandLine(argv);
      assert.ok(args.command === 'mcp');
      assert.equal(args.config, config);
    }
  });

  it('accepts the host names that a proxy passes on', () => {
    const args = parseCommandLine(['serve', '--allow-host', 'Scan.Example', '--allow-host', '[2001:DB8::1]:8443']);
    assert.ok(args.command === 'serve');
    assert.deepEqual(args.allowHosts, ['scan.example', '[2001:db8::1]:8443']);
    assert.equal(args.allowPrivateWebhooks, false);
  });

  it('accepts where to look up dependencies', () => {
    const of = (...argv: string[]) => {
      const args = parseCommandLine(argv);
      assert.ok(args.command === 'scan' || args.command === 'serve');
      return args.osv;
    };
    assert.deepEqual(of('scan'), {});
    assert.deepEqual(of('serve', '--no-osv'), { enabled: false });
    assert.deepEqual(
      of('scan', '--osv-url', 'http://127.0.0.1:1/osv/', '--osv-database', 'a', '--osv-database', '/b'),
      {
        url: 'http://127.0.0.1:1/osv',
        database: [resolve('a'), resolve('/b')],
      },
    );
    assert.match(usageOf(['scan', '--osv-url', 'ftp://x']), /--osv-url must be/);
    assert.match(usageOf(['scan', '--server', 'http://x', '--no-osv']), /cannot be used with --server/);
  });

  it('says what is wrong', () => {
    assert.match(usageOf([]), /No command/);
    assert.match(usageOf(['skan']), /Unknown command "skan"/);
    assert.match(usageOf(['scan', '--format', 'xml']), /--format must be one of text, json/);
    assert.match(usageOf(['scan', '--nope']), /--nope/);
    assert.match(usageOf(['scan', 'a', 'b']), /Expected one folder/);
    assert.match(usageOf(['scan', '--ref', 'main']), /--ref requires --git/);
    assert.match(usageOf(['scan', '--timeout', '1.5']), /--timeout must be a whole number/);
    assert.match(usageOf(['scan', '--server', 'example.com']), /--server must be/);
    assert.match(usageOf(['serve', '--port', '70000']), /--port/);
    for (const host of ['', 'a b', 'https://scan.example', 'scan.example/x', 'scan.example:', '*', 'a..b'])
      assert.match(usageOf(['serve', `--allow-host=${host}`]), /--allow-host must be a host name/, host);
  });

  it('compares counts with --fail-on', () => {
    const counts = { critical: 0, high: 1, medium: 2, low: 0 };
    assert.equal(reaches(counts, 'critical'), false);
    assert.equal(reaches(counts, 'high'), true);
    assert.equal(reaches(counts, 'low'), true);
    assert.equal(reaches(counts, 'never'), false);
  });
});
