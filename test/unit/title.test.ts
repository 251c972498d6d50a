import assert from 'node:assert/strict';
import { titledMessage, titleFrom, titleOf } from '../../src/findings/title';
import { ruffRules } from '../../src/engines/python/rules';
import { taintRules } from '../../src/engines/taint/taintRules';

const issue = (part: Partial<Parameters<typeof titleOf>[0]>) => ({
  type: 'security',
  rule_id: 'B101',
  message: 'Something is wrong here.',
  ...part,
});

describe('the title of a finding', () => {
  it('is its own title, on one line', () => {
    assert.equal(titleOf(issue({ title: ' SQL\n injection. ' })), 'SQL injection');
  });

  it('is derived from its rule, else from its weakness, else from its message', () => {
    const of = (rule_id: string, cwe?: string[], message?: string) =>
      titleOf(issue({ rule_id, ...(cwe && { cwe }), ...(message !== undefined && { message }) }));
    assert.equal(of('javascript.express.security.audit.tainted-sql-string'), 'Tainted SQL string');
    assert.equal(of('js/reflected-xss'), 'Reflected XSS');
    assert.equal(of('py:insecureCookie'), 'Insecure cookie');
    assert.equal(of('B608', ['CWE-89']), 'SQL injection');
    assert.equal(of('CVE-2021-44228'), 'Vulnerability CVE-2021-44228');
    assert.equal(of('G104', undefined, 'Errors unhandled. They are lost.'), 'Errors unhandled');
    assert.equal(
      of('X', undefined, 'One two three four five six seven eight nine ten eleven'),
      'One two three four five six seven eight…',
    );
    assert.equal(of('X', undefined, ''), 'Finding');
  });

  it('names a vulnerable dependency', () => {
    assert.equal(titleOf(issue({ type: 'dependency', rule_id: 'GHSA-x' })), 'Vulnerable dependency');
  });

  it('is short, whatever it is derived from', () => {
    const long = 'x'.repeat(1_000_000);
    for (const part of [{ title: long }, { rule_id: long }, { message: long }, { title: long, message: '' }]) {
      const title = titleOf(issue(part));
      assert.ok(title.length > 0 && title.length <= 80, String(title.length));
    }
    assert.ok(titleFrom({ texts: ['word '.repeat(40)], message: 'm' }).endsWith('…'));
  });

  it('contains neither bidirectional nor terminal control characters', () => {
    assert.equal(titleOf(issue({ title: '\u202eevil\u2066 \u001b[31mred' })), '\ufffdevil\ufffd \ufffd[31mred');
    assert.doesNotMatch(titleOf(issue({ rule_id: 'X', message: 'a\u202eb \u001b[2J' })), /[\u202e\u001b]/);
  });

  it('precedes the message, once', () => {
    assert.equal(titledMessage(issue({ title: 'Weak hash', message: 'MD5 is broken.' })), 'Weak hash: MD5 is broken.');
    assert.equal(
      titledMessage(issue({ title: 'Errors unhandled', message: 'Errors unhandled.' })),
      'Errors unhandled.',
    );
  });

  it('has complete texts next to it in the data flow table', () => {
    for (const { message, suggestion, help } of Object.values(taintRules)) {
      assert.match(message, /^[A-Z].{20,}\.$/);
      assert.match(suggestion, /^[A-Z].{8,}\.$/);
      assert.match(help, /^https:\/\//);
    }
  });

  it('has two to six words in our own tables', () => {
    for (const { title } of [...Object.values(ruffRules), ...Object.values(taintRules)]) {
      const words = title.split(' ').length;
      assert.ok(words >= 2 && words <= 6, title);
    }
  });
});
