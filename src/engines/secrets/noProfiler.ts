/**
 * Stands in for `@secretlint/profiler` in our bundles (see esbuild.mjs): the real one keeps every mark it makes, so it takes ever more time and
 * memory during a scan.
 */
export const secretLintProfiler = { mark: (): void => undefined };
