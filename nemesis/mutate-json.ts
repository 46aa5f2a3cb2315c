/** The same request with something else in it: the first number of a JSON body, raised by one. `undefined` when there is none. */
export function mutateJson(body: Buffer): Buffer | undefined {
  let document: unknown;
  try {
    document = JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return undefined;
  const raised = Object.entries(document).find(([, value]) => typeof value === 'number');
  return raised === undefined ? undefined : Buffer.from(JSON.stringify({ ...document, [raised[0]]: Number(raised[1]) + 1 }));
}
