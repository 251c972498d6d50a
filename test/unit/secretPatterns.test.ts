import assert from 'node:assert/strict';
import { slowPart } from '../../src/engines/regex/redosWorker';
import { filePatterns, laterPreset, patterns, settingPattern } from '../../src/engines/secrets/patterns';
import { secretsIn } from '../../src/findings/secrets/maskSecrets';
import { allTokens, tokens } from '../../src/findings/secrets/tokens';

describe('the patterns of secrets', () => {
  it('never take exponential time', () => {
    const all = [...allTokens, ...patterns, ...filePatterns, ...laterPreset, settingPattern];
    for (const { pattern } of all) {
      // The analysis only considers unlimited repetitions; those with a high limit are as bad.
      const source = pattern.source.replace(/\{\d*,(?:\d{2,})?\}/g, '*');
      assert.notEqual(slowPart({ source, flags: pattern.flags })?.growth, 'exponential', pattern.source);
    }
  });

  it('end at the end of a private key, whatever follows', () => {
    const key = 'MIIB+Vw/Ab==\n'.repeat(100);
    for (const begin of ['-----BEGIN RSA PRIVATE KEY-----', '-----BEGIN PGP PRIVATE KEY BLOCK-----\n'])
      for (const end of ['-----END RSA PRIVATE KEY-----', '-----END PGP PRIVATE KEY BLOCK-----', '(?)', ''])
        for (const rest of ['\n\n\t// the key of a test: + + + + + +\n\n'.repeat(40), 'a: "b"', ''])
          assert.ok(secretsIn(`x = \`${begin}\n${key}${end}\`\n${rest}`).length > 0);
  });

  it('end before the next key, so that many starts take no longer than their text', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B';
    const whole = `${key}\n-----END PRIVATE KEY-----`;
    const text = `${whole}\n${key}\n`.repeat(10_000);
    const token = tokens.find(({ id }) => id === 'private-key');
    assert.ok(token);
    const found: string[] = [];
    for (const { index, 0: begin } of text.matchAll(token.pattern))
      found.push(text.slice(index, token.endOf?.(text, index + begin.length)));
    assert.equal(found.length, 20_000);
    assert.deepEqual([...new Set(found)], [whole, `${key}\n`]);
  });
});
