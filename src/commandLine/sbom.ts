import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { realpath } from 'node:fs/promises';
import { CodedError } from '../base/errors';
import { defaultLimits } from '../base/limits';
import type { Logger } from '../base/logger';
import { Osv } from '../engines/dependencies/osv';
import { bomPackages } from '../engines/dependencies/sbom/bom';
import { cycloneDx } from '../engines/dependencies/sbom/cycloneDx';
import { spdx } from '../engines/dependencies/sbom/spdx';
import { Gaps } from '../findings/coverage';
import { osvSettings } from '../protocol';
import { takeInventory } from '../sources/inventory';
import type { SbomArgs } from './args/sbom';
import { endSignals } from './endSignals';
import { checkOutput, writeOutput, isFolder } from './output';
import { printGaps } from './scan';

const writers = { cyclonedx: cycloneDx, spdx } as const;

/**
 * Lists the packages in a folder's lockfiles as an SBOM. Nothing is looked up, so it needs no network.
 * @returns the exit code: 0 success, 4 gaps with --strict, 130 interrupted
 * @throws CodedError USAGE when the folder or the output cannot be used
 */
export async function sbom(args: SbomArgs, log: Logger, version: string): Promise<number> {
  await checkOutput(args.output);
  if (!(await isFolder(args.path))) throw new CodedError('USAGE', `${args.path} is not a readable folder.`);
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  for (const signal of endSignals) process.on(signal, onSignal);
  const osv = new Osv(__dirname, '', osvSettings.parse({ enabled: false }));
  try {
    const root = await realpath(args.path);
    const inventory = await takeInventory(root, {
      include: args.include ?? [],
      exclude: args.exclude ?? [],
      askGit: true,
      limits: defaultLimits,
      isCode: (path) => osv.handles(path),
      signal: interrupt.signal,
      onProgress: () => undefined,
    });
    const gaps = new Gaps();
    for (const { kind, reason, files } of inventory.gaps) gaps.add(kind, null, reason, files);
    const read = await osv.read({
      root,
      files: inventory.files.filter(({ path }) => osv.handles(path)),
      signal: interrupt.signal,
      log: (level, message) => (level === 'info' ? log.debug(message) : log.warn(message)),
    });
    for (const { kind, reason, path } of read.gaps) gaps.add(kind, null, reason, [path]);
    const { gaps: found } = gaps.coverage;
    const document = writers[args.format]({
      name: basename(root) || 'root',
      packages: bomPackages(read.dependencies),
      gaps: found,
      toolVersion: version,
      created: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      id: randomUUID(),
    });
    await writeOutput(`${JSON.stringify(document, null, 2)}\n`, args.output);
    if (found.length > 0) printGaps(found.length, found);
    return args.strict && found.length > 0 ? 4 : 0;
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    throw error;
  } finally {
    await osv.close();
    for (const signal of endSignals) process.off(signal, onSignal);
  }
}
