/** The floor this package is built and tested for; `engines` in package.json says the same (a test compares them). */
export const oldestNode = { major: 20, minor: 19 } as const;

/** What to say when the running Node.js is too old, else `undefined`. Imports nothing, so that an old one gets this far. */
export function nodeVersionProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major > oldestNode.major || (major === oldestNode.major && minor >= oldestNode.minor)) return undefined;
  const wanted = `${oldestNode.major}.${oldestNode.minor}`;
  return `harness: this is Node.js ${version} [node-too-old]\n  expected  Node.js ${wanted} or newer\n  try       install Node.js ${wanted} or newer, for example from https://nodejs.org\n`;
}
