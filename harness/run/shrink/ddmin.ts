/**
 * Delta debugging: the smallest part of a list that still fails, in the sense that nothing can be taken from it (Zeller and Hildebrandt,
 * "Simplifying and Isolating Failure-Inducing Input", 2002, §3.2). Tests the parts, then what is left without each part, then finer parts.
 */

/** `fails` says whether a part of the list is enough; the whole list is known to be. Items keep their order. */
export async function ddmin<Item>(whole: readonly Item[], fails: (part: readonly Item[]) => Promise<boolean>): Promise<readonly Item[]> {
  let current = whole;
  let granularity = 2;
  while (current.length >= 2) {
    const parts = split(current, granularity);
    const complements = parts.map((_, left) => parts.filter((_part, index) => index !== left).flat());
    // With two parts, each is the complement of the other.
    const found = await firstThat(granularity === 2 ? parts : [...parts, ...complements], fails);
    if (found !== undefined) {
      granularity = parts.includes(found) ? 2 : Math.max(2, granularity - 1);
      current = found;
    } else if (granularity < current.length) {
      granularity = Math.min(current.length, granularity * 2);
    } else {
      break;
    }
  }
  return current;
}

async function firstThat<Item>(
  candidates: readonly (readonly Item[])[],
  fails: (part: readonly Item[]) => Promise<boolean>,
): Promise<readonly Item[] | undefined> {
  for (const candidate of candidates) if (await fails(candidate)) return candidate;
  return undefined;
}

/** Into so many parts, as equal as can be. */
function split<Item>(items: readonly Item[], count: number): readonly (readonly Item[])[] {
  return Array.from({ length: count }, (_, index) =>
    items.slice(Math.floor((index * items.length) / count), Math.floor(((index + 1) * items.length) / count)),
  );
}
