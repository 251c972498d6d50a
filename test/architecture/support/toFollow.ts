/**
 * For what a contributor may leave to others, such as a translation: lists what is still to do, and skips the test instead of failing it.
 * @param todo one line for each, with the fix
 */
export function toFollow(test: Mocha.Context, todo: readonly string[]): void {
  if (todo.length === 0) return;
  console.warn(`    Still to do:\n${todo.map((line) => `      ${line}`).join('\n')}`);
  test.skip();
}
