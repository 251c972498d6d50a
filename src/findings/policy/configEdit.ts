import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { applyEdits, modify } from 'jsonc-parser';
import { readTextBounded } from '../../base/boundedFile';
import { CodedError, errorCode, errorMessage } from '../../base/errors';
import { sharedMode, writeFileAtomic } from '../../base/files';
import { withFileLock } from '../../base/jsonFile';
import type { Severity } from '../../protocol';
import { configPath, maxConfig, readConfig } from './config';
import { checkPolicyFolder } from './policyFolder';

/**
 * The text of a configuration with one rule set to a level, or its setting removed; comments and everything else stay unchanged.
 * @param text empty for a new file
 */
export function withRule(text: string, rule: string, level: 'off' | Severity | undefined): string {
  const formattingOptions = {
    insertSpaces: true,
    tabSize: 2,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
    insertFinalNewline: true,
  };
  const before = text.trim() === '' ? '{}\n' : text;
  return applyEdits(before, modify(before, ['rules', rule], level, { formattingOptions, getInsertionIndex: () => 0 }));
}

/**
 * Sets one rule in a folder's configuration, which is created if necessary.
 * @returns its previous level
 * @throws CodedError BAD_CONFIG if the file cannot be read or changed; as {@link checkPolicyFolder}
 */
export async function changeConfig(
  folder: string,
  rule: string,
  level: 'off' | Severity | undefined,
): Promise<'off' | Severity | undefined> {
  const file = join(folder, configPath);
  await checkPolicyFolder(folder);
  await mkdir(dirname(file), { recursive: true });
  return withFileLock(file, async () => {
    let text = '';
    try {
      text = await readTextBounded(file, { maxBytes: maxConfig });
    } catch (error) {
      if (errorCode(error) !== 'ENOENT')
        throw new CodedError('BAD_CONFIG', `${file} cannot be read: ${errorMessage(error)}`);
    }
    const { config, problems } = readConfig(text.trim() === '' ? '{}' : text);
    const wrong = problems.find((one) => one.level === 'error');
    if (wrong) throw new CodedError('BAD_CONFIG', `${file}, line ${wrong.line}: ${wrong.message} Fix that first.`);
    await writeFileAtomic(file, withRule(text, rule, level), { mode: await sharedMode(file) });
    return config.rules?.[rule];
  });
}
