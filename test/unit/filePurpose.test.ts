import assert from 'node:assert/strict';
import { filePurpose, isTestCode } from '../../src/engines/engine/filePurpose';

describe('test code', () => {
  for (const path of [
    'test/a.js',
    'packages/api/tests/orders.py',
    'Shop.Tests/OrdersFixture.cs',
    'spec/models/order_spec.rb',
    'src/main_test.go',
    'src/app.test.tsx',
    'src/app.spec.ts',
    'test_orders.py',
    'app/conftest.py',
    'src/OrdersTest.java',
    'src/TestOrders.kt',
    'src/OrdersSpec.scala',
    'cypress/login.js',
  ])
    it(`is ${path}`, () => assert.ok(isTestCode(path)));

  for (const path of [
    'src/latest/a.js',
    'src/contest.py',
    'src/attestation/Attest.java',
    'src/BenchmarkTest00001.java',
    'src/testimony.ts',
    'src/Latest.java',
    'src/protest.go',
    'spec.rb',
  ])
    it(`is not ${path}`, () => assert.ok(!isTestCode(path)));
});

describe('the purpose of a file', () => {
  const cases: Record<string, readonly string[]> = {
    example: ['examples/app/server.js', 'pkg/fixtures/users.yml', 'src/__fixtures__/a.ts', 'config.example.json'],
    documentation: ['docs/conf.py', 'README.md', 'doc/tutorial/app.py', 'guide.rst'],
    translation: [
      'src/assets/i18n/en.json',
      'config/locales/de.yml',
      'locale/de/LC_MESSAGES/app.po',
      'res/values-de/strings.xml',
      'resources/lang/en/auth.php',
      'src/main/resources/messages_de.properties',
      'app/de-DE.json',
      'package.nls.de.json',
    ],
    none: [
      'src/app.js',
      'src/language.ts',
      'config/settings.yml',
      'src/docstring.py',
      'lib/samplerate.c',
      'src/messages.ts',
      'package.json',
    ],
  };
  for (const [purpose, paths] of Object.entries(cases))
    for (const path of paths) it(`of ${path} is ${purpose}`, () => assert.equal(filePurpose(path) ?? 'none', purpose));
});
