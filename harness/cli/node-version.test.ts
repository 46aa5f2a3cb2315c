import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeVersionProblem, oldestNode } from './node-version.ts';

describe('the version of Node.js', () => {
  it.each(['v20.19.0', 'v20.20.2', 'v21.0.0', 'v24.1.0'])('%s is new enough', (version) => {
    expect(nodeVersionProblem(version)).toBeUndefined();
  });

  it.each(['v20.18.9', 'v18.20.0', 'v4.0.0'])('%s is refused, with what to do', (version) => {
    expect(nodeVersionProblem(version)).toContain(`this is Node.js ${version} [node-too-old]`);
    expect(nodeVersionProblem(version)).toContain('20.19');
  });

  it('has the floor that package.json promises', () => {
    const manifest = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../package.json'), 'utf8')) as {
      readonly engines: { readonly node: string };
    };
    expect(manifest.engines.node).toBe(`>=${oldestNode.major}.${oldestNode.minor}`);
  });
});
