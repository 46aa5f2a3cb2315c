/**
 * A short digest of a body, so that a resend with another body, or another answer to the same question, is visible.
 */
import { createHash, type Hash, hash } from 'node:crypto';

const digestHexDigits = 16;

export class BodyDigest {
  #only: Buffer | undefined;
  #hash: Hash | undefined;

  /** Most bodies come in one piece, and for those the one-shot hash costs a fraction of a hash object. */
  add(part: Buffer): void {
    if (this.#hash !== undefined) this.#hash.update(part);
    else if (this.#only === undefined) this.#only = part;
    else {
      this.#hash = createHash('sha256').update(this.#only).update(part);
      this.#only = undefined;
    }
  }

  /** The first 16 hexadecimal digits of SHA-256; absent when there was no body. Final: nothing can be added afterwards. */
  hex(): string | undefined {
    if (this.#hash !== undefined) return this.#hash.digest('hex').slice(0, digestHexDigits);
    return this.#only === undefined ? undefined : hash('sha256', this.#only, 'hex').slice(0, digestHexDigits);
  }
}
