import assert from 'node:assert/strict';
import { issue as schema, type Issue } from '../../src/protocol';
import { commentOn, markersOf } from '../../src/findings/policy/comments';
import { readConfig } from '../../src/findings/policy/config';
import type { BaselineEntry } from '../../src/findings/policy/baseline';
import { maskSecrets } from '../../src/findings/secrets/maskSecrets';
import { jsonSchemaOfConfig } from '../../src/findings/policy/jsonSchema';
import {
  analyzerUse,
  applyPolicy,
  compileConfig,
  decisionOn,
  isKnownRule,
  problemsOf,
  ratedBy,
  type Policy,
} from '../../src/findings/policy/policy';

const now = Date.parse('2026-12-01T12:00:00Z');

function issue(part: Partial<Issue> = {}): Issue {
  const base = { tool: 'ast-grep', type: 'security', message: 'm', severity: 'high', file: 'src/a.js', line: 1 };
  return schema.parse({ ...base, rule_id: 'js-eval', cwe: ['CWE-95'], fingerprint: 'f1', ...part });
}

function policyOf(config: string, ...baseline: BaselineEntry[]): Policy {
  return {
    config: compileConfig(readConfig(config)),
    baseline: new Map(baseline.map((entry, index) => [entry.fingerprint, { ...entry, line: index + 3 }])),
  };
}

/** The outcome of the finding: its severity, or the line of the decision that hides it. */
function outcome(policy: Policy, part: Partial<Issue>): string {
  const rated = ratedBy(policy, issue(part));
  const decision = decisionOn(policy, rated, now);
  return decision ? `hidden by ${decision.file}:${decision.line}` : rated.severity;
}

describe('a policy', () => {
  const hiddenAt = (line: number) => `hidden by .codeagent/config.json:${line}`;
  for (const [what, config, part, expected] of [
    ['nothing', '{}', {}, 'high'],
    ['a rule that is off', '{\n "rules": {\n  "js-eval": "off" } }', {}, hiddenAt(3)],
    ['a rule of another severity', '{ "rules": { "js-eval": "low" } }', {}, 'low'],
    ['a glob of rules', '{ "rules": { "js-*": "critical" } }', {}, 'critical'],
    ['an exact id over a glob after it', '{ "rules": { "js-eval": "low", "js-*": "off" } }', {}, 'low'],
    ['the last of two globs', '{ "rules": { "js-*": "off", "*-eval": "medium" } }', {}, 'medium'],
    ['the beginning of an id', '{ "rules": { "js-eval.request": "off" } }', {}, 'high'],
    ['the end of an id', '{ "rules": { "js-eval": "off" } }', { rule_id: 'rules.js-eval' }, 'high'],
    ['an id in another case', '{ "rules": { "JS-Eval": "off" } }', {}, hiddenAt(1)],
    ['a rule of another id', '{ "rules": { "js-evaluate": "off" } }', {}, 'high'],
    [
      'the former id of a rule',
      '{ "rules": { "php-xpath-ldap": "off" } }',
      { rule_id: 'php-ldap-injection' },
      hiddenAt(1),
    ],
    [
      'an alias of an advisory',
      '{ "rules": { "CVE-2020-1": "off" } }',
      { rule_id: 'GHSA-x', aliases: ['CVE-2020-1'] },
      hiddenAt(1),
    ],
    ['the lowest severity', '{\n"severity": "critical" }', {}, hiddenAt(2)],
    [
      'the lowest severity, after the rule was rated',
      '{ "severity": "critical", "rules": { "js-eval": "critical" } }',
      {},
      'critical',
    ],
    [
      'a rule that is rated below the lowest severity',
      '{ "severity": "medium",\n"rules": { "js-eval": "low" } }',
      {},
      hiddenAt(1),
    ],
    [
      'an override of its path',
      '{ "overrides": [\n{ "files": ["src/"],\n"rules": { "js-eval": "off" } }] }',
      {},
      hiddenAt(3),
    ],
    [
      'an override of another path',
      '{ "overrides": [{ "files": ["test/"], "rules": { "js-eval": "off" } }] }',
      {},
      'high',
    ],
    [
      'an override that turns on again',
      '{ "rules": { "js-eval": "off" }, "overrides": [{ "files": ["*.js"], "rules": { "js-*": "low" } }] }',
      {},
      'low',
    ],
    [
      'the last override',
      '{ "overrides": [{ "files": ["*"], "rules": { "js-eval": "off" } }, { "files": ["src/**"], "rules": { "js-eval": "low" } }] }',
      {},
      'low',
    ],
    [
      'the lowest severity of an override',
      '{ "severity": "low",\n"overrides": [{ "files": ["src/"],\n"severity": "critical" }] }',
      {},
      hiddenAt(3),
    ],
    [
      'a rule in whose place the taint engine came',
      '{ "rules": { "go-path-traversal": "off" } }',
      { rule_id: 'go-flow-path' },
      hiddenAt(1),
    ],
    ['an excluded file', '{\n"exclude": ["src/"] }', {}, hiddenAt(2)],
    ['a file outside of what is included', '{\n\n"include": ["lib/"] }', {}, hiddenAt(3)],
    ['an analyzer that is off', '{ "analyzers": {\n"ast-grep": "off" } }', {}, hiddenAt(2)],
    [
      'an analyzer that is off for its path',
      '{ "overrides": [{ "files": ["src/"], "analyzers":\n{ "ast-grep": "off" } }] }',
      {},
      hiddenAt(2),
    ],
    ['comments and trailing commas', '{ // why\n"rules": { /* it */ "js-eval": "off", }, }', {}, hiddenAt(2)],
  ] as const)
    it(`decides by ${what}`, () => assert.equal(outcome(policyOf(config), part as Partial<Issue>), expected));

  it('decides by the baseline, until an entry expires', () => {
    const entry = { fingerprint: 'f1', file: 'src/a.js', rule: 'js-eval' };
    const known = decisionOn(policyOf('{}', { ...entry, reason: 'r', by: 'me', expires: '2026-12-01' }), issue(), now);
    const { kind, origin, file, line, reason, by, expires } = known ?? {};
    assert.deepEqual(
      { kind, origin, file, line, reason, by, expires },
      {
        kind: 'accepted',
        origin: 'baseline',
        file: '.codeagent/baseline.json',
        line: 3,
        reason: 'r',
        by: 'me',
        expires: '2026-12-01',
      },
    );
    assert.equal(
      decisionOn(policyOf('{}', { ...entry, kind: 'false-positive' }), issue(), now)?.kind,
      'false-positive',
    );
    // Date.parse reads some of these, as a day in March or in the machine's time zone.
    for (const over of ['2026-11-30', 'soon', '2999-02-30', '2999-1-5', '31.12.2999', 'in May 2999', '']) {
      const policy = policyOf('{}', { ...entry, expires: over });
      assert.equal(outcome(policy, {}), 'high');
      const told = problemsOf(policy, [issue()], { isRuleId: () => true, analyzers: [], now });
      assert.match(
        told.map(({ line, message }) => `${line} ${message}`).join(),
        /^3 .*js-eval in src\/a\.js .*counts again/,
      );
    }
    assert.equal(outcome(policyOf('{}', entry), { fingerprint: 'f2' }), 'high');
    assert.notEqual(outcome(policyOf('{}', entry), { fingerprint: 'f2', former_fingerprints: ['f0', 'f1'] }), 'high');
  });

  it('reports unknown rules and analyzers, but not those of other tools or of the scan', () => {
    const config = `{ "rules": {
      "js-evil": "off", "js-e*": "off", "no-*": "off", "GHSA-1234-abcd-efgh": "off", "B602": "off", "found-by-me": "low"
    }, "analyzers": { "ruf": "off", "ruff": "off" } }`;
    const known = { isRuleId: isKnownRule(new Set(['js-eval']), false), analyzers: ['ruff'], now };
    const told = problemsOf(policyOf(config), [issue({ rule_id: 'found-by-me' })], known);
    assert.deepEqual(
      told.map(({ line, message }) => `${line} ${/"(.+)"/.exec(message)?.[1]}`),
      ['2 js-evil', '2 no-*', '3 ruf'],
    );
  });

  it('reports unknown dotted IDs, unless an analyzer ran whose rules cannot be listed', () => {
    const names = ['team.no-such-rule', 'js.eval', 'team/rule', 'team.*'];
    const registry = 'python.lang.security.audit.eval-detected';
    const config = JSON.stringify({ rules: Object.fromEntries([...names, registry].map((name) => [name, 'off'])) });
    const toldOf = (external: boolean, found: readonly Issue[] = []) =>
      problemsOf(policyOf(config), found, {
        ...{ isRuleId: isKnownRule(new Set(['js-eval']), external), analyzers: [], now },
      }).map(({ message }) => /"(.+)"/.exec(message)?.[1]);
    assert.deepEqual(toldOf(false), names);
    assert.deepEqual(toldOf(true), []);
    assert.deepEqual(
      toldOf(false, [issue({ rule_id: 'js.eval' })]),
      names.filter((name) => name !== 'js.eval'),
    );
  });

  it('distinguishes the analyzers of the whole folder from those of a path', () => {
    const policy = policyOf(
      '{ "analyzers": { "a": "on" }, "overrides": [{ "files": ["x/"], "analyzers": { "a": "off" } }] }',
    );
    assert.deepEqual(
      [analyzerUse(policy, 'a')?.use, analyzerUse(policy, 'a', 'x/y')?.use, analyzerUse(policy, 'a', 'z')?.use],
      ['on', 'off', 'on'],
    );
  });

  it('keeps what a tool itself has suppressed, and masks the secrets of a reason', () => {
    const suppression = { kind: 'external', reason: null, by: null, expires: null, state: 'accepted' as const };
    const secret = ['ghp', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('_');
    const markers = markersOf('src/a.js', `eval(x) // codeagent-ignore: was ${secret}`);
    const files = [{ path: 'src/a.js', issues: [issue(), issue({ suppression })] }];
    const [first, second] = applyPolicy(files, policyOf('{}'), () => markers, now)[0]?.issues ?? [];
    assert.equal(first?.suppression?.origin, 'comment');
    assert.ok(first.suppression.reason?.startsWith('was') && !first.suppression.reason.includes(secret));
    assert.deepEqual(second?.suppression, suppression);
  });
});

describe('a configuration', () => {
  for (const [what, text, problems, rest] of [
    ['an unknown key', '{\n"sevrity": "low", "strict": true }', ['warning 2 sevrity'], { strict: true }],
    [
      'an unknown key of an override',
      '{ "overrides": [\n{ "files": ["a"], "rule": {} }] }',
      ['warning 2 rule'],
      { overrides: [{ files: ['a'] }] },
    ],
    ['a wrong value', '{ "failOn":\n"hgih", "severity": "low" }', ['error 1 failOn'], { severity: 'low' }],
    [
      'a wrong severity of a rule',
      '{ "rules": {\n"a": "of",\n"b": "off" } }',
      ['error 2 rules.a'],
      { rules: { b: 'off' } },
    ],
    ['a wrong pattern', '{ "exclude": ["a",\n7, "b"] }', ['error 2 exclude.1'], { exclude: ['a', 'b'] }],
    ['a wrong list', '{ "exclude": "a" }', ['error 1 exclude'], {}],
    [
      'text that is not JSON',
      '{ "strict": true\n"severity": "low" }',
      ['error 2 comma'],
      { strict: true, severity: 'low' },
    ],
    ['deep nesting', `{\n"rules": ${'['.repeat(200_000)}`, ['error 2 nested too deeply'], {}],
    ['deep nesting of objects', '{"a":\n'.repeat(50_000), ['error 101 nested too deeply'], {}],
    ['something else', '[]', ['error 1 object'], {}],
    ['nothing', '', ['error 1 value'], {}],
    ['white space', ' \n\t', ['error 1 value'], {}],
    ['a repeated key', '{\n"strict": true,\n"strict": false }', ['error 3 strict'], { strict: false }],
    [
      'a repeated key inside',
      '{ "overrides": [{ "files": ["a"],\n"rules": { "b": "off",\n"b": "low",\n"b": "high" } }] }',
      ['error 3 overrides.0.rules.b', 'error 4 overrides.0.rules.b'],
      { overrides: [{ files: ['a'], rules: { b: 'high' } }] },
    ],
  ] as const)
    it(`reports ${what} at its line, and keeps the rest`, () => {
      const { config, problems: told } = readConfig(text);
      assert.deepEqual(config, rest);
      assert.equal(told.length, problems.length, JSON.stringify(told));
      for (const [index, expected] of problems.entries()) {
        const [level, line, ...words] = expected.split(' ');
        const word = words.join(' ');
        const one = told[index];
        assert.deepEqual([one?.level, String(one?.line)], [level, line]);
        assert.ok(one?.message.includes(word), one?.message);
      }
    });

  it('reports its mistakes in words that are not masked as secrets', () => {
    const text = `{ "overrides": [{ "files": ["a"], "token9": 1, "rules": { "js-secret-1": "of" } }], "password": 1, "apiKey2": 1 }`;
    const told = readConfig(text).problems.map(({ message }) => message);
    assert.equal(told.length, 4);
    assert.deepEqual(told.map(maskSecrets), told);
    assert.match(told.join(), /expected one of off, critical, high, medium, low/);
  });

  it('names the line of the effective key, if it is repeated', () => {
    const text = '{ "rules": { "js-eval": "low",\n"js-eval": "off" } }';
    assert.equal(outcome(policyOf(text), {}), 'hidden by .codeagent/config.json:2');
  });

  it('leaves out an override without files, and keeps the lines of the others', () => {
    const policy = policyOf(
      '{ "overrides": [{ "rules": {} },\n{ "files": ["src/"],\n"rules": { "js-eval": "off" } }] }',
    );
    assert.equal(outcome(policy, {}), 'hidden by .codeagent/config.json:3');
  });

  it('has a JSON schema in which rules complete with their titles', () => {
    const schemaOf = jsonSchemaOfConfig({ 'js-eval': 'Code injection' });
    const text = JSON.stringify(schemaOf);
    assert.ok(text.includes('"js-eval":{"description":"Code injection","$ref":"#/definitions/level"}'));
    assert.ok(text.includes('"enum":["off","critical","high","medium","low"]'));
  });
});

/** The lines (from 1) with "BAD" whose finding the policy hides. */
function hidden(file: string, text: string, part: Partial<Issue> = {}): number[] {
  const markers = markersOf(file, text);
  return text.split('\n').flatMap((line, index) => {
    const at = index + 1;
    return line.includes('BAD') && commentOn(issue({ file, line: at, end_line: at, ...part }), markers) ? [at] : [];
  });
}

describe('a comment', () => {
  for (const [file, text, lines] of [
    ['a.js', 'BAD // codeagent-ignore\nBAD\n// codeagent-ignore: reason\nBAD\nBAD', [1, 4]],
    ['a.tsx', '{/* codeagent-ignore */}\nBAD\nx = `// codeagent-ignore`; BAD', [2]],
    ['a.py', "BAD # codeagent-ignore\nBAD '# codeagent-ignore'\n'''\n# codeagent-ignore\nBAD'''", [1]],
    ['a.rb', '# codeagent-ignore\nBAD\n=begin\ncodeagent-ignore\n=end\nBAD', [2, 6]],
    ['a.go', 'BAD /* codeagent-ignore: x */\nBAD "codeagent-ignore"', [1]],
    ['A.java', '/* first\n * codeagent-ignore: x\n */\nBAD\nBAD', [4]],
    ['a.php', 'BAD # codeagent-ignore\nBAD // codeagent-ignore', [1, 2]],
    ['a.rs', "fn f<'a>() { BAD } // codeagent-ignore\nBAD", [1]],
    ['a.sql', "BAD -- codeagent-ignore\nBAD '-- codeagent-ignore'", [1]],
    ['a.lua', '--[[ codeagent-ignore ]]\nBAD', [2]],
    ['a.sh', 'BAD # codeagent-ignore\nBAD ${x#codeagent-ignore}', [1]],
    ['a.yaml', 'BAD: 1 # codeagent-ignore\nBAD: "# codeagent-ignore"', [1]],
    ['main.tf', '// codeagent-ignore\nBAD\n# codeagent-ignore\nBAD', [2, 4]],
    ['Dockerfile', '# codeagent-ignore: x\nBAD\nBAD', [2]],
    [
      'a.html',
      '<!-- codeagent-ignore -->\nBAD\n<script>\nBAD // codeagent-ignore\n</script>\nBAD // codeagent-ignore',
      [2, 4],
    ],
    ['a.vue', '<template>\n<!-- codeagent-ignore -->\nBAD\n</template>', [3]],
    ['a.erb', '<%# codeagent-ignore %>\nBAD', [2]],
    ['a.clj', 'BAD ; codeagent-ignore', [1]],
    ['a.hs', '{- codeagent-ignore -}\nBAD -- x', [2]],
    ['a.erl', 'BAD % codeagent-ignore', [1]],
    ['a.vb', "BAD ' codeagent-ignore", [1]],
    ['a.ps1', '<# codeagent-ignore #>\nBAD', [2]],
    ['a.bat', 'REM codeagent-ignore\nBAD', [2]],
    ['a.cs', '// codeagent-ignore\nBAD', [2]],
    ['a.ex', 'BAD # codeagent-ignore', [1]],
    ['a.swift', 'BAD // codeagent-ignore', [1]],
    ['a.kt', 'BAD // codeagent-ignore', [1]],
    ['a.sol', 'BAD // codeagent-ignore', [1]],
    ['a.unknown', '# codeagent-ignore\nBAD', [2]],
    // Text in between counts.
    ['a.js', '// codeagent-ignore\n\nBAD', []],
    ['a.js', 'x() // codeagent-ignore\nBAD', []],
    ['a.js', '// codeagent-ignore: x\n// eslint-disable-next-line no-console\nBAD', [3]],
    ['a.js', 'f(/\'/, "a") && BAD // codeagent-ignore', [1]],
    ['a.js', 'fetch("https://x") || BAD // codeagent-ignore', [1]],
    // Which rules.
    [
      'a.js',
      'BAD // codeagent-ignore js-eval\nBAD // codeagent-ignore js-other\nBAD // codeagent-ignore js-other, js-eval: x',
      [1, 3],
    ],
    ['a.js', 'BAD // codeagent-ignore because it is fine\nBAD // codeagent-ignored\nBAD // codeagent-ignore-file', []],
    // The syntaxes of other tools.
    [
      'a.js',
      'BAD // nosemgrep\nBAD // nosemgrep: javascript.lang.security.detect-eval.detect-eval\nBAD // nosemgrep: a.b.sqli',
      [1, 2],
    ],
    ['a.js', 'BAD // NOSONAR why\nBAD // nosonar\nBAD // NOSONAR(S1523)\nBAD // NOSONAR(S2068)', [1, 3]],
    [
      'a.js',
      '// eslint-disable-next-line\nBAD\n// eslint-disable-next-line no-eval -- why\nBAD\n// eslint-disable-next-line no-undef\nBAD',
      [2, 4],
    ],
    [
      'a.js',
      '/* eslint-disable security/detect-eval-with-expression */\nBAD\n/* eslint-enable */\nBAD\nBAD // eslint-disable-line',
      [2, 5],
    ],
    [
      'a.py',
      'BAD # nosec\nBAD # nosec B307\nBAD # nosec B602\nBAD # noqa\nBAD # noqa: S307\nBAD # noqa: E501',
      [1, 2, 4, 5],
    ],
    ['a.py', '# ruff: noqa: S307\nBAD', [2]],
    ['a.py', '# ruff: noqa: E501\nBAD', []],
    ['a.go', 'BAD //nolint:gosec // why\nBAD //nolint:errcheck\nBAD //nolint', [1, 3]],
    [
      'a.rb',
      '# rubocop:disable Security/Eval\nBAD\n# rubocop:enable Security/Eval\nBAD\nBAD # rubocop:disable Style/Eval',
      [2],
    ],
    ['a.rb', 'BAD # rubocop:disable Security/Eval, Style/X\nBAD # rubocop:disable Style/Documentation', [1]],
    ['a.c', 'BAD // NOLINT\n// NOLINTNEXTLINE\nBAD\nBAD // NOLINT(cert-msc)', [1, 3]],
    ['a.cs', 'BAD // skipcq\nBAD // DevSkim: ignore DS137138', [1, 2]],
    ['a.js', '// ast-grep-ignore: js-eval.ts\nBAD\nBAD // ast-grep-ignore: js-other', [2]],
  ] as const)
    it(`in ${file} applies if it is one: ${text.replaceAll('\n', ' ⏎ ').slice(0, 90)}`, () =>
      assert.deepEqual(hidden(file, text), lines));

  // In strings of every kind, and after what only looks like the start of one.
  for (const [file, text] of [
    ['a.js', 'x = `${y ? `// nosec` : z}`; BAD'],
    ['a.rb', 'x = <<~EOS\n  # nosec\nEOS\nBAD'],
    ['a.rb', 'x = %q(# nosec); BAD'],
    ['a.php', '<?php\n$s = <<<EOT\n// nosec\nBAD\nEOT;\n'],
    ['a.cs', 'var s = @"\n// nosec\nBAD";'],
    ['a.rs', 'let s = "\n// nosec\nBAD";'],
    ['a.rs', 'let s = r#"a " // nosec"#; BAD'],
    ['a.swift', 'let s = #"a " // nosec"#; BAD'],
    ['a.cpp', 'auto s = R"x(a" // nosec)x"; BAD'],
    ['a.ex', 's = ~s(# nosec); BAD'],
    ['a.dart', "var s = '''\n// nosec\nBAD''';"],
    ['a.ps1', '$s = @"\n# nosec\nBAD\n"@'],
    ['a.lua', 's = [==[\n-- nosec\nBAD]==]'],
    ['a.pl', 'print q{# nosec}; BAD'],
    ['a.html', '<p title="<!-- nosec -->">BAD</p>'],
    ['a.xml', '<![CDATA[<!-- nosec -->]]>BAD'],
    ['a.tex', '100\\% nosec BAD'],
  ] as const)
    it(`in a string hides nothing: ${file} ${text.replaceAll('\n', ' ⏎ ')}`, () =>
      assert.deepEqual(hidden(file, text), []));

  for (const [file, text] of [
    ['a.js', `x.replace(/"/g, "'"); BAD // nosec: it's fine`],
    ['a.js', 'x = `${f("`")}`; BAD // nosec'],
    ['a.tsx', '<p>a / b</p>; <i x={1} /> ; BAD // nosec'],
    ['a.rb', "x =~ /['#]/; BAD # nosec: it's fine"],
    ['a.rb', 'f(<<~EOS, BAD) # nosec\n  text\nEOS\n'],
    ['a.rs', "/* a /* b */ c */ fn f<'a>(x: &'a str) { BAD } // nosec"],
    ['a.pl', '$#a; BAD # nosec'],
    ['a.erb', '<%= BAD # nosec %>'],
    ['a.ejs', '<%= BAD // nosec\n%>'],
    ['a.jsp', '<% BAD // nosec\n%>'],
    ['a.hbs', '{{! nosec }}\nBAD'],
    ['a.blade.php', '{{-- nosec --}}\nBAD'],
    ['a.jl', '#=\nnosec\n=#\nBAD'],
  ] as const)
    it(`applies after what is not a string: ${file} ${text.replaceAll('\n', ' ⏎ ')}`, () =>
      assert.equal(hidden(file, text).length, 1));

  for (const [file, text] of [
    ['a.js', '// We got rid of the eslint-disable no-eval, since it hid too much.\nBAD'],
    ['a.js', '// remove this codeagent-ignore\nBAD // not a codeagent-ignore: it is code'],
    ['a.js', 'BAD // see https://x.example/#nosec\nBAD // was it; nosec'],
    ['a.js', 'BAD // `nosemgrep` is the word\nBAD // "NOSONAR"\nBAD // (NOSONAR)'],
    ['a.js', 'BAD // NOSONAR-free code\nBAD // nosemgrep/nosec are words\nBAD // NOSONAR? Why?\nBAD // nosemgrep.js'],
    ['a.js', '/* Below,\n * we could say NOSONAR */\nBAD'],
    ['a.py', '# do not silence it with nosec\nBAD\nBAD # is NOSONAR allowed here?\nBAD # should have a noqa: S307'],
    ['a.go', 'BAD // the linter wants a nolint:gosec'],
    ['a.rb', '# We never rubocop:disable Security/Eval\nBAD'],
    ['main.tf', '#terrascans all of it\nBAD\n# see checkov:skip=CKV_AWS_20\nBAD'],
  ] as const)
    it(`in prose hides nothing: ${text.replaceAll('\n', ' ⏎ ').slice(0, 90)}`, () =>
      assert.deepEqual(hidden(file, text), []));

  for (const [file, text, lines] of [
    [
      'a.py',
      'BAD # type: ignore # nosec B307 - fixed\nBAD # noqa: E501 # nosec\nBAD # a note  # noqa: S307',
      [1, 2, 3],
    ],
    ['a.go', 'BAD //nolint:errcheck // #nosec -- why\nBAD /* #nosec */', [1, 2]],
    ['a.js', 'BAD // it is slow // codeagent-ignore js-eval: x\nBAD //NOSONAR, it is ours', [1, 2]],
    ['a.js', '// eslint-disable-next-line -- why\nBAD\n/** NOSONAR */\nBAD', [2, 4]],
    ['a.php', '/**\n * Shows it.\n * @psalm-suppress TaintedEval\n */\nBAD', [5]],
    ['a.lua', '--- codeagent-ignore: x\nBAD', [2]],
    ['a.py', 'BAD # noqa : E501\nBAD # noqa : S307', [2]],
  ] as const)
    it(`after another comment’s marker, or with a reason, applies: ${text.replaceAll('\n', ' ⏎ ').slice(0, 60)}`, () =>
      assert.deepEqual(hidden(file, text), lines));

  const secret = { type: 'secret', rule_id: 'github-token', cwe: ['CWE-798'] };
  for (const [file, text, lines] of [
    ['a.js', 'BAD // eslint-disable-line\n// oxlint-disable-next-line\nBAD\nBAD // eslint-disable-line all', []],
    ['a.js', '// biome-ignore all: x\nBAD\nBAD // ast-grep-ignore', []],
    ['a.go', 'BAD //nolint\nBAD //nolint:all', []],
    ['a.rb', 'BAD # rubocop:disable all\nBAD # rubocop:disable Security', []],
    ['a.py', 'BAD # noqa\nBAD # noqa: E501\nBAD # noqa: S105', [3]],
    ['a.c', 'BAD // NOLINT\n// NOLINTNEXTLINE\nBAD', []],
    ['a.php', 'BAD // phpcs:ignore\n/** @psalm-suppress all */\nBAD', []],
    ['a.swift', 'BAD // swiftlint:disable:this all', []],
    ['Dockerfile', '# hadolint ignore=DL3008\nBAD', []],
    ['a.tf', 'BAD #checkov:skip=CKV_AWS_20\nBAD #checkov:skip=CKV_SECRET_6', [2]],
    ['a.js', 'BAD // eslint-disable-line no-secrets/no-secrets -- a test\nBAD // NOSONAR\nBAD // nosemgrep', [1, 2, 3]],
    ['a.py', 'BAD # nosec\nBAD # codeagent-ignore', [1, 2]],
  ] as const)
    it(`of a lint tool hides a secret only by its rule: ${text.replaceAll('\n', ' ⏎ ').slice(0, 80)}`, () =>
      assert.deepEqual(hidden(file, text, secret), lines));

  for (const [file, text, lines] of [
    ['a.js', '/* eslint-disable */\nBAD', []],
    ['a.js', '/* oxlint-disable security */\nBAD', []],
    ['a.js', '/* eslint-disable no-console, no-eval -- why */\nBAD', [2]],
    ['a.py', '# flake8: noqa\nBAD', []],
    ['a.py', '# ruff: noqa\nBAD', []],
    ['a.py', '# ruff: disable[S307]\nBAD\n# ruff: enable[S307]\nBAD', [2]],
    ['a.rb', '# rubocop:disable all\nBAD', []],
    ['a.c', '// NOLINTBEGIN\nBAD\n// NOLINTEND\n// NOLINTBEGIN(no-eval)\nBAD\n// NOLINTEND\nBAD', [5]],
    ['a.js', '/* eslint-disable no-eval */\nBAD\n// where does it eslint-enable?\nBAD', [2, 4]],
  ] as const)
    it(`of a lint tool for many lines hides what it names: ${text.replaceAll('\n', ' ⏎ ').slice(0, 80)}`, () =>
      assert.deepEqual(hidden(file, text), lines));

  it('of gosec applies to the same weakness', () => {
    const text = 'BAD // #nosec G101 -- a test\nBAD // #nosec G404\nBAD //gosec:disable G101\nBAD // #nosec';
    assert.deepEqual(hidden('a.go', text, { cwe: ['CWE-798'] }), [1, 3, 4]);
  });

  it('about secrets applies to secrets only', () => {
    const text =
      'BAD # gitleaks:allow\nBAD # pragma: allowlist secret\nBAD # secretlint-disable-line\n# secretlint-disable\nBAD\n# secretlint-enable\nBAD';
    assert.deepEqual(hidden('a.py', text, { type: 'secret', cwe: ['CWE-798'] }), [1, 2, 3, 5]);
    assert.deepEqual(hidden('a.py', text), []);
  });

  it('of checkov, trivy and tfsec applies to its block', () => {
    const text =
      'resource {\n  #checkov:skip=CKV_AWS_20:The bucket is public\n  acl = 1\n}\n#trivy:ignore:AVD-AWS-0107\nBAD\n#tfsec:ignore:aws-s3-x\nBAD';
    const block = issue({ file: 'main.tf', line: 1, end_line: 4, cwe: ['CWE-284'] });
    const { line, reason } = commentOn(block, markersOf('main.tf', text)) ?? {};
    assert.deepEqual([line, reason], [2, 'The bucket is public']);
    assert.deepEqual(hidden('main.tf', text), [6, 8]);
  });

  it('inside a long block applies to its own line', () => {
    const lines = ['BAD {', ...Array.from({ length: 20 }, () => '  x: 1'), '  y: 2 # codeagent-ignore', '}'];
    assert.deepEqual(hidden('a.yaml', lines.join('\n'), { end_line: 23 }), []);
    assert.deepEqual(hidden('a.py', 'BAD(\n  x,\n)  # nosec', { end_line: 3 }), [1]);
  });

  it('has a reason, and a mistake in it is reported', () => {
    const read = markersOf(
      'a.js',
      'BAD /* codeagent-ignore js-eval: it is us */\n// codeagent-ignore as agreed\n// codeagent-ignore=all',
    );
    assert.deepEqual(commentOn(issue(), read)?.reason, 'it is us');
    assert.deepEqual(
      read.mistakes.map(({ line }) => line),
      [2, 3],
    );
    assert.deepEqual(read.named, [{ line: 1, id: 'js-eval' }]);
  });
});

/** How much text the string and regular expression functions are given during a run. */
function textLookedAt(run: () => void): number {
  let steps = 0;
  const restore: (() => void)[] = [];
  const count = (owner: object, name: string, cost: (self: unknown, first: unknown) => number) => {
    const original: unknown = Reflect.get(owner, name);
    assert.ok(typeof original === 'function');
    const counted = function (this: unknown, ...args: unknown[]): unknown {
      steps += cost(this, args[0]);
      return Reflect.apply(original, this, args);
    };
    Object.defineProperty(owner, name, { value: counted, configurable: true, writable: true });
    restore.push(() => Object.defineProperty(owner, name, { value: original, configurable: true, writable: true }));
  };
  count(String.prototype, 'startsWith', () => 1);
  count(String.prototype, 'toLowerCase', (self) => String(self).length);
  count(String.prototype, 'charAt', () => 1);
  count(RegExp.prototype, 'test', (_, text) => String(text).length);
  count(RegExp.prototype, 'exec', () => 1);
  count(Map.prototype, 'get', () => 1);
  try {
    run();
  } finally {
    for (const one of restore) one();
  }
  return steps;
}

describe('reading the comments of a file', () => {
  for (const [what, file, part, times] of [
    ['scripts that are not closed', 'a.html', '<script> // nosec\n', 300],
    ['scripts that are closed', 'a.html', '<script>/* nosec</script>\n', 300],
    ['PHP that is not closed', 'a.html', '<?php // nosec\n', 300],
    ['open ranges', 'a.js', 'x = 1;\n// eslint-disable no-eval\n', 1_000],
    ['comments that stand alone', 'a.js', '// nosec\n', 1_000],
    ['comments on one line', 'a.js', '/*nosec*/', 1_000],
    ['strings that are not closed', 'a.js', '\\`', 1_000],
    ['quotes that are not closed', 'a.js', String.raw`\"`, 1_000],
    ['long strings that are not closed', 'a.py', String.raw`\"""`, 1_000],
    ['comments of a batch file', 'a.bat', 'x::', 1_000],
  ] as const)
    it(`examines each part only a few times: ${what}`, () => {
      const steps = (count: number) => textLookedAt(() => markersOf(file, `// nosec\n${part.repeat(count)}`));
      const [once, twice] = [steps(times), steps(2 * times)];
      assert.ok(twice < 2.5 * once, `${once} steps, of twice the text ${twice}`);
    });

  it('compares a finding only with nearby comments', () => {
    const reads = (count: number) => {
      let done = 0;
      const watched = new Proxy(issue({ line: count + 1, end_line: count + 1 }), {
        get: (target, name) => {
          done += 1;
          const value: unknown = Reflect.get(target, name);
          return value;
        },
      });
      assert.equal(commentOn(watched, markersOf('a.js', 'x // nosec\n'.repeat(count))), undefined);
      return done;
    };
    assert.ok(reads(1_000) < 2 * reads(100));
  });
});
