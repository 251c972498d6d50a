import assert from 'node:assert/strict';
import { fromPython, literalsOf } from '../../src/engines/regex/literals';
import { slowPart } from '../../src/engines/regex/redosWorker';

describe('regular expressions that hang', () => {
  const slow = (path: string, code: string) =>
    literalsOf(path, code).filter(({ expression }) => slowPart(expression)?.growth === 'exponential').length;

  for (const code of [
    'const a = /([0-9]+)+#/;',
    "const a = new RegExp('^([a-z0-9]+\\\\s?)*$', 'i');",
    'const a = RegExp("(.*)*z");',
    'const a = window.RegExp("(\\\\d+)*$");',
    'text.replace(/^(([a-z])+.)+[A-Z]([a-z])+$/gm, "");',
    'if (/(?:x+x+)+y/.test(text)) stop();',
    'const a = b / c; const d = /^(\\w+\\s?)*$/;',
  ])
    it(`are found: ${code}`, () => assert.equal(slow('a.js', code), 1));

  it('are found in TypeScript, and next to JSX', () => {
    assert.equal(slow('a.ts', 'const a: RegExp = /^(a+)+$/ as RegExp; const b = <T,>(c: T) => c;'), 1);
    assert.equal(slow('a.tsx', 'const a: RegExp = /^(a+)+$/; const b = <p title="/(a+)+$/">/(b+)+$/</p>;'), 1);
    assert.equal(slow('a.jsx', 'const b = <p>{/(b+)+$/.test(c)}</p>;'), 1);
  });

  for (const code of [
    "a = re.compile(r'^(a+)+$')",
    'a = re.match("(\\\\w+\\\\s?)*$", x)',
    'a = re.compile(r"(?i)([a-z]+)*!")',
    'a = re.sub(r"(?P<word>\\w+\\s?)+$", "", text)',
    "a = re.findall(r'''(x+x+)+y''', text)",
  ])
    it(`are found: ${code}`, () => assert.equal(slow('a.py', code), 1));

  for (const code of [
    'const a = /^\\d{4}-\\d{2}$/;',
    'const a = /^(?:[a-z]+,)*[a-z]+$/;',
    'const a = /^([\\w.-]+)@([\\w-]+\\.)+([a-z]{2,})$/;',
    'const a = /(a+)b/;',
    'const a = /^(?:"[^"]*"|[^",]+)(?:,(?:"[^"]*"|[^",]+))*$/;',
    'const a = "/(a+)+$/";',
    '// const a = /(a+)+$/;',
    'const a = (b + c) / ((d + e) * f) / (g + 1);',
    'const a = new RegExp("(" + b + "+)+$");',
    'const a = new RegExp(`(${b}+)+$`);',
    'const a = new Pattern("(a+)+$");',
    'const a = /(?:a{1,3}){2}$/;',
  ])
    it(`are not: ${code}`, () => assert.equal(slow('a.js', code), 0));

  for (const code of [
    "a = re.compile(r'(?:\\d+,)*\\d+$')",
    "a = re.compile(f'({b}+)+$')",
    "a = '(a+)+$'",
    "a = other.compile(r'(a+)+$')",
    "a = re.compile(r'( a + ) + # (b+)+', re.VERBOSE)",
    "a = re.compile(r'(?x)(a +)+')",
    "a = re.compile(r'(?>a+)+$')",
    "a = re.compile('(')",
  ])
    it(`are not: ${code}`, () => assert.equal(slow('a.py', code), 0));

  for (const code of [
    'if (!/^.+@.+\\..+$/.test(mail)) stop();',
    'text.split(/ *, */);',
    "text.replace(/[\\r\\n]+$/, '');",
    "text.match(new RegExp('^(\\\\w+)(\\\\d+)=$'));",
  ])
    it(`are found if they are slow for long inputs: ${code}`, () => {
      const [literal] = literalsOf('a.js', code);
      assert.equal(literal && slowPart(literal.expression)?.growth, 'polynomial');
    });

  it('are reported with the part that backtracks', () => {
    assert.deepEqual(slowPart({ source: '^x([0-9]+)+#', flags: '' }), { part: '([0-9]+)+', growth: 'exponential' });
  });

  it('of Python are converted to JavaScript’s syntax', () => {
    assert.deepEqual(fromPython('(?is)\\A(?P<n>a)(?P=n)(?#c)\\Z'), { source: '^(?<n>a)\\k<n>$', flags: 'is' });
  });
});
