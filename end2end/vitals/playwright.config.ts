// Measures what people feel of a release build: not a test, it fails only when measuring itself does.
import { defineConfig } from '@playwright/test';
import tests from '../playwright.config.ts';

// Before anything reads it: the tests' own default is a build that is quick to make, which says nothing here.
process.env.BEDSIDE_DIST ??= '../dist';

export default defineConfig({
    testDir: '.',
    testMatch: /.*\.measure\.ts/,
    outputDir: '../test-results/vitals',
    fullyParallel: false,
    // One after the other: two would measure each other.
    workers: 1,
    retries: 0,
    forbidOnly: true,
    timeout: 300_000,
    globalTimeout: 1_500_000,
    reporter: [['list'], ['./report.ts']],
    use: {
        browserName: 'chromium',
        locale: 'en-GB',
        timezoneId: 'Europe/Madrid',
        actionTimeout: 30_000,
        navigationTimeout: 60_000,
        launchOptions: tests.use?.launchOptions ?? {},
    },
});
