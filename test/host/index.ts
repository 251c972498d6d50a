import Mocha from 'mocha';
import { globSync } from 'tinyglobby';
import { basename, join } from 'node:path';
import { patience } from '../support/patience.mjs';

/**
 * The entry that VS Code calls in its extension host: runs every suite beside it.
 * @throws when a test failed or none was found
 */
export async function run(): Promise<void> {
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: patience(60_000),
    forbidOnly: true,
    failZero: true,
    color: true,
    reporter: join(__dirname, '../../../test/support/reporter.cjs'),
  });
  // The build empties the folder, so no suites of an earlier build are left.
  const files = globSync('**/*.test.js', { cwd: __dirname, absolute: true }).sort();
  // First what only a new window shows: that nothing is started.
  const first = files.filter((file) => basename(file) === 'extension.test.js');
  for (const file of new Set([...first, ...files])) mocha.addFile(file);
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} host tests failed`);
}
