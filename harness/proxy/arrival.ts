/** When a message has come in full, or so much of it that it can't be kept any longer. */

/** Well below what is kept before a sender is made to wait, or the rest would never come. */
const largestKeptBytes = 8 * 1024 * 1024;

export interface Arrival {
  /** Its length, as far as it is known by then. */
  readonly bytes: Promise<number>;
  /** So much has come; `isLast`: no more will. */
  came(bytes: number, isLast: boolean): void;
}

export function awaitArrival(): Arrival {
  let resolve: (bytes: number) => void = () => undefined;
  const bytes = new Promise<number>((settle) => {
    resolve = settle;
  });
  return {
    bytes,
    came: (sofar, isLast) => {
      if (isLast || sofar >= largestKeptBytes) resolve(sofar);
    },
  };
}
