const left: string[] = [];

/**
 * For work that a contributor may leave to others, such as a translation: skips the test instead of failing it, and lists the remaining
 * work at the end, where it is noticed.
 * @param todo one line for each, with the fix
 */
export function toFollow(test: Mocha.Context, todo: readonly string[]): void {
  if (todo.length === 0) return;
  if (left.length === 0) process.once('exit', () => console.warn(`Still to do:\n  ${left.join('\n  ')}`));
  left.push(...todo);
  test.skip();
}
