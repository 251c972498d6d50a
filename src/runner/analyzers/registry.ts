import { join } from 'node:path';
import type { Analyzer } from './analyzer';
import { AstGrep } from './astGrep/astGrep';
import { Ruff } from './ruff/ruff';
import { Secretlint } from './secretlint/secretlint';

/**
 * The analyzers that work with nothing installed; the only list of them.
 * @param assets the folder of the built files (dist): ast-grep/, ruffChild.js, secretlintWorker.js
 */
export function embeddedAnalyzers(assets: string): Analyzer[] {
  return [new AstGrep(join(assets, 'ast-grep')), new Ruff(assets), new Secretlint(assets)];
}
