import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { CodedError } from '../../base/errors';

const algorithm = 'aes-256-gcm';
const prefix = 'sealed:';

/** Encrypts stored secrets, so that rows and backups do not reveal them. */
export class Seal {
  readonly #key: Buffer;

  constructor(secret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', 'codeagent rows', 32));
  }

  seal(text: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv(algorithm, this.#key, nonce);
    const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return prefix + Buffer.concat([nonce, cipher.getAuthTag(), bytes]).toString('base64url');
  }

  /** @throws CodedError SEALED when it was encrypted with another key */
  open(sealed: string): string {
    if (!isSealed(sealed)) return sealed;
    const bytes = Buffer.from(sealed.slice(prefix.length), 'base64url');
    try {
      const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
    } catch (error) {
      throw new CodedError('SEALED', 'A stored secret cannot be read: the cluster\'s "secretKey" is another one.', {
        cause: error,
      });
    }
  }
}

/** Whether a text was returned by {@link Seal.seal}. */
export function isSealed(text: string): boolean {
  return text.startsWith(prefix);
}
