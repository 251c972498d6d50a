import { CodedError } from '../base/errors';
import type { ScanClient } from './scanClient';

/**
 * Checks the size of an upload against the service's limit before anything is sent.
 * @throws CodedError TOO_LARGE if it exceeds the limit; ServiceError; the signal's reason
 */
export async function checkUploadLimit(client: ScanClient, bytes: number, signal: AbortSignal): Promise<void> {
  const { capabilities = [] } = await client.health(signal);
  const limit = Number(capabilities.find((c) => c.startsWith('max-upload:'))?.slice('max-upload:'.length) ?? Infinity);
  if (!(bytes > limit)) return;
  throw new CodedError(
    'TOO_LARGE',
    `the compressed folder is ${sizeText(bytes)}, but the server accepts at most ${sizeText(limit)}. Exclude folders with .gitignore, or scan locally.`,
  );
}

/** `340 B`, `4.4 KB`, `12 MB` */
export function sizeText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? ''}`;
}
