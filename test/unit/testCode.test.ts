import assert from 'node:assert/strict';
import { isTestCode } from '../../src/engines/engine/testCode';

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
