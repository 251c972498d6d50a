/** Whether it is a file of JavaScript or TypeScript. */
export function isJavaScript(path: string): boolean {
  return /\.(?:[mc]?[jt]s|[jt]sx)$/i.test(path) && !/\.d\.[mc]?ts$|\.min\.[mc]?js$/i.test(path);
}
