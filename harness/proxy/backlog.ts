/** Bytes that wait for their turn, in order, with their total so that the wait can be bounded. */
export class Backlog {
  #parts: Buffer[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(part: Buffer): void {
    this.#parts.push(part);
    this.#bytes += part.length;
  }

  /** Everything, as it came; the backlog is empty afterwards. */
  take(): readonly Buffer[] {
    const parts = this.#parts;
    this.#parts = [];
    this.#bytes = 0;
    return parts;
  }

  /** Everything in one piece, which copies only when there are several. */
  takeJoined(): Buffer {
    const parts = this.take();
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }
}
