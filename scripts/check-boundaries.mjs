// Checks who imports whom (`.dependency-cruiser.cjs`), and that every source file was looked at: a check of nothing passes anything.
// Try it: node scripts/check-boundaries.mjs [root]
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const home = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const root = path.resolve(process.argv[2] ?? home);

/** TypeScript files on disk, as paths from the root with forward slashes. */
function sourceFiles(folder) {
  return readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => !file.includes('node_modules/'));
}

function fail(lines) {
  console.error(['boundaries: ✗', ...lines].join('\n'));
  process.exit(1);
}

const { include } = JSON.parse(readFileSync(path.join(home, 'tsconfig.json'), 'utf8'));
const present = include.filter((entry) => !entry.includes('*') && existsSync(path.join(root, entry)));
const expected = present.flatMap(sourceFiles);
if (expected.length === 0) fail([`no TypeScript file was found under ${root}`]);

const options = await extractDepcruiseOptions(path.join(home, '.dependency-cruiser.cjs'));
const tsConfig = extractTSConfig(path.join(home, 'tsconfig.json'));
const { output } = await cruise(present, { ...options, baseDir: root, validate: true }, undefined, { tsConfig });

const seen = new Map(output.modules.map((module) => [module.source, module]));
const missed = expected.filter((file) => !seen.has(file));
if (missed.length > 0)
  fail([`${missed.length} of ${expected.length} source files were not looked at:`, ...missed.slice(0, 10).map((file) => `  ${file}`)]);

const imports = expected.reduce((sum, file) => sum + seen.get(file).dependencies.length, 0);
if (imports === 0) fail([`${expected.length} source files and not one import were seen: the parser is not working`]);

const violations = output.summary.violations.filter(({ rule }) => rule.severity === 'error');
if (violations.length > 0) {
  const comments = new Map(options.ruleSet.forbidden.map(({ name, comment }) => [name, comment]));
  fail(
    violations.flatMap(({ rule, from, to, cycle }) => [
      `  ${from} → ${cycle === undefined ? to : cycle.map(({ name }) => name).join(' → ')}`,
      `      ${rule.name}: ${comments.get(rule.name) ?? ''}`,
    ]),
  );
}
console.log(`boundaries: ✓ ${expected.length} files, ${imports} imports, ${options.ruleSet.forbidden.length} rules`);
