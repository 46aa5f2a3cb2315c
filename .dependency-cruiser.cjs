// Who may import whom. `scripts/check-boundaries.mjs` runs this and makes sure that something was looked at.
// Tests may reach across folders for real parts; what ships may not.

const folders = require('./tsconfig.json').include.filter((entry) => !entry.includes('*'));
const ours = `^(${folders.join('|')})/`;
const aTest = '(\\.test\\.ts$|/(test-)?support/|/test-support\\.ts$|^tests/)';

/** Files under `from` may, of our own, import only what matches one of `allowed`. */
const onlyFrom = (name, comment, from, allowed, exceptions = []) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: [aTest, ...exceptions] },
  to: { path: ours, pathNot: allowed },
});

module.exports = {
  forbidden: [
    onlyFrom('history-imports-nothing-of-ours', 'harness/history is the shared vocabulary of every folder.', '^harness/history/', [
      '^harness/history/',
    ]),
    onlyFrom('pipeline-imports-only-itself', 'The pipeline under test knows nothing of the harness.', '^target-pipeline/', [
      '^target-pipeline/',
    ]),
    {
      name: 'nothing-imports-the-pipeline',
      comment:
        'Nodes are started by command line and seen from the outside. An import would let a checker believe what the pipeline says of itself.',
      severity: 'error',
      from: { path: ours, pathNot: ['^target-pipeline/', aTest] },
      to: { path: '^target-pipeline/' },
    },
    onlyFrom('checkers-see-only-evidence', 'A checker is a function of recorded evidence.', '^checkers/', [
      '^checkers/',
      '^harness/history/',
      '^reports/types\\.ts$',
    ]),
    onlyFrom('reports-see-only-evidence', 'A report shows a verdict that is already made.', '^reports/', [
      '^reports/',
      '^harness/history/',
      '^checkers/checker\\.ts$',
    ]),
    {
      name: 'checkers-do-no-io',
      comment: 'A verdict depends on evidence alone, so that anybody can make it again. Worker threads only spread the work.',
      severity: 'error',
      from: { path: '^checkers/', pathNot: [aTest] },
      to: { dependencyTypes: ['core'], path: '^(node:)?(fs|net|http|https|http2|dgram|dns|child_process|tls)(/|$)' },
    },
    onlyFrom('nemeses-see-only-interfaces', 'A fault works on any driver and any proxy.', '^nemesis/', [
      '^nemesis/',
      '^harness/history/',
      '^harness/drivers/types\\.ts$',
      '^harness/proxy/(types|headers)\\.ts$',
    ]),
    {
      name: 'services-use-the-runtime-port',
      comment:
        'Clock, timers, randomness, transport and disk come from the port, so that the same services can run on virtual time. Hashes and checksums are pure.',
      severity: 'error',
      from: { path: '^target-pipeline/(services|store|coordination|saga|resilience|events|bugs)/', pathNot: [aTest] },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|zlib|assert|util|buffer|events)$' },
    },
    {
      name: 'only-the-top-composes',
      comment: 'harness/cli and harness/run put everything together; what they put together does not know them.',
      severity: 'error',
      from: { path: '^harness/', pathNot: ['^harness/(cli|run)/', aTest] },
      to: { path: '^harness/(cli|run)/' },
    },
    {
      name: 'no-cycles',
      comment: 'A cycle makes two modules one, and their order of evaluation a surprise. Types alone may refer to each other.',
      severity: 'error',
      from: { path: ours },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      comment: 'An import that leads nowhere also hides what it would have led to.',
      from: { path: ours },
      to: { couldNotResolve: true },
    },
    {
      name: 'what-ships-uses-what-ships',
      comment: 'Development dependencies are not there when somebody installs the package. The scripts of the HTML report are bundled.',
      severity: 'error',
      from: { path: '^(checkers|harness|nemesis|reports|target-pipeline)/', pathNot: [aTest, '^reports/client/'] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|runs|coverage)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
