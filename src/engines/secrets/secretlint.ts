import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { version } from '@secretlint/core/package.json';
import type { FoundIssue } from '../../protocol';
import { isLockfile } from '../../base/lockfileNames';
import { FileEngine } from '../engine/embeddedEngine';
import type { AnalyzerRun } from '../engine/engine';
import { maxPerFile, secretResult, type SecretHit, type SecretResult } from './messages';
import { patterns, settingPattern } from './patterns';

/** Searches every text file for keys, tokens and passwords. */
export class Secretlint extends FileEngine<SecretResult> {
  readonly id = 'secretlint';
  readonly title = 'secretlint with the CodeAgent patterns';
  protected readonly version = `${version} (patterns ${patternsVersion})`;
  protected readonly action = 'searched for secrets';
  protected readonly result = secretResult;

  /** @param assets holds secretlintWorker.js */
  constructor(assets: string) {
    super(join(assets, 'secretlintWorker.js'));
  }

  handles(path: string): boolean {
    return mayHoldSecrets(path);
  }

  protected report({ hits }: SecretResult, run: AnalyzerRun): void {
    const counts = new Map<string, number>();
    for (const { file } of hits) counts.set(file, (counts.get(file) ?? 0) + 1);
    const full = [...counts].flatMap(([file, count]) => (count >= maxPerFile ? [file] : []));
    if (full.length > 0)
      run.gap('findings_left_out', `Only the first ${maxPerFile} secrets in a file are reported.`, full);
    run.issues(hits.map(toIssue));
  }
}

/** Whether files of this name are searched. */
export function mayHoldSecrets(path: string): boolean {
  return !notText.test(path) && !isLockfile(path);
}

const notText =
  /\.(?:png|jpe?g|gif|webp|avif|ico|bmp|tiff?|svg|psd|pdf|docx?|xlsx?|pptx?|zip|gz|tgz|bz2|xz|7z|rar|jar|war|class|so|dylib|dll|exe|o|a|lib|wasm|woff2?|ttf|otf|eot|mp[34]|m4a|wav|ogg|flac|avi|mov|webm|mkv|pyc|pyo|node|map|sqlite3?|db|bin|dat|parquet|npy|pkl|snap)$/i;

const patternsVersion = createHash('sha256')
  .update([...patterns, settingPattern].map((p) => `${p.id} ${p.pattern} ${p.accept?.toString() ?? ''}`).join('\n'))
  .digest('hex')
  .slice(0, 8);

/** A hit as a finding, not masked yet. */
export function toIssue(hit: SecretHit): FoundIssue {
  return {
    tool: 'secretlint',
    type: 'secret',
    title: `Hard-coded ${hit.kind}`,
    message: `A hard-coded ${hit.kind}: everyone who can read this file, in this or any older version, can use it.`,
    severity: hit.severity,
    confidence: hit.confidence,
    file: hit.file,
    line: hit.line,
    column: hit.column,
    end_line: hit.endLine,
    end_column: hit.endColumn,
    rule_id: hit.id,
    suggestion: 'Revoke it where it was issued, and read its replacement from the environment or a secret store.',
    cwe: ['CWE-798'],
    owasp: ['A07:2021'],
    help_url: 'https://cwe.mitre.org/data/definitions/798.html',
    snippet: hit.snippet,
  };
}
