import Mocha from 'mocha';
import { globSync } from 'tinyglobby';
import { join } from 'node:path';
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
  for (const file of globSync('**/*.test.js', { cwd: __dirname, absolute: true })) mocha.addFile(file);
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} host tests failed`);
}
