/** Timers with an owner, which clears all of them when it goes. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();

  after(milliseconds: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      then();
    }, milliseconds);
    this.#pending.add(timer);
  }

  /** Stays pending for ever once the owner has gone: nothing is left that could go on. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.after(milliseconds, resolve));
  }

  clear(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
