// Prints one line, `N passed, N failed, N skipped`, from vitest's JSON report and the steps around it; exits with 1 when anything failed.
// Try it: node scripts/summarize-tests.mjs results.json <status of the test command> <steps passed> <steps failed>
import { readFileSync } from 'node:fs';

const [file = '', status = '1', stepsPassed = '0', stepsFailed = '0'] = process.argv.slice(2);

/** Counts that say "failed" when there is no report to count in. */
function countTests() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(readFileSync(file, 'utf8'));
    // A file that could not even be loaded has no tests to fail.
    const failed = numFailedTests === 0 ? numFailedTestSuites : numFailedTests;
    return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
  } catch (error) {
    console.error(`no test report to read: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const tests = countTests();
// An unhandled error or a broken boundary fails the command without failing a test.
const unexplained = status !== '0' && tests.failed === 0 ? 1 : 0;
const passed = tests.passed + Number(stepsPassed);
const failed = tests.failed + unexplained + Number(stepsFailed);
console.log(`${passed} passed, ${failed} failed, ${tests.skipped} skipped`);
process.exitCode = failed === 0 && Number.isInteger(passed) ? 0 : 1;
