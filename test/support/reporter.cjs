// Mocha's spec output, and the counts and failed tests as a JSON file (named by CODEAGENT_TEST_RESULTS) for the sum of `npm test`.
const { writeFileSync } = require('node:fs');
const { format } = require('node:util');
const { reporters } = require('mocha');

// In the registry's VS Code these lines arrive among the workbench's own console output; the mark tells them apart.
const mark = process.env.CODEAGENT_TEST_MARK;
if (mark) reporters.Base.consoleLog = (...values) => console.log(mark + format(...values));

class CountingReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const failed = [];
    runner.on('fail', (test, error) => failed.push(`${test.fullTitle()}: ${error.message}`));
    runner.once('end', () => {
      const file = process.env.CODEAGENT_TEST_RESULTS;
      if (!file) return;
      const { passes, failures, pending } = this.stats;
      const counts = { passed: passes, failed: failures, skipped: pending };
      writeFileSync(file, JSON.stringify({ ...counts, failedTests: failed }));
    });
  }
}
module.exports = CountingReporter;
