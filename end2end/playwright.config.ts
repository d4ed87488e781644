// How the end-to-end tests run: Debian's Chromium (its headless shell) and a real server per worker. A behaviour is tested
// once, on a wide screen and SQLite. What depends on a phone has the tag @phone (both screens) or @phone-only. What takes
// long has the tag @slow: `make test` leaves it out, `make test-all` doesn't. Other programs' tests run on PostgreSQL; that
// every rule holds on both databases is for the Rust suite to show.
import { defineConfig, type PlaywrightTestConfig } from '@playwright/test';
import { resolve } from 'node:path';
import type { Options, WorkerOptions } from './support/fixtures.ts';

const noScript = /no-script\.spec\.ts/;
const screens = /screens\.spec\.ts/;
const visual = /visual\.spec\.ts/;
// Other programs beside the pages, and several servers.
const programs = /(socketio|prisma|nodes)\.spec\.ts/;
const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const executablePath = process.env.BEDSIDE_CHROMIUM ?? '/usr/bin/chromium-headless-shell';
const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
];
// Letters and colours drawn the same, whatever a machine's settings say of its screen.
const still = {
    executablePath,
    args: [...args, '--disable-lcd-text', '--force-color-profile=srgb'],
    env: { ...process.env, FONTCONFIG_FILE: resolve('support/fonts.conf') } as Record<string, string>,
};

const projects: NonNullable<PlaywrightTestConfig<Options, WorkerOptions>['projects']> = [
    { name: 'desktop', testIgnore: [noScript, screens, visual, programs], grepInvert: /@phone-only/, use: desktop },
    { name: 'phone', testIgnore: [noScript, screens, visual, programs], grep: /@phone(-only)?(?!\S)/, use: { ...phone, isPhone: true } },
    { name: 'programs', testMatch: programs, use: { ...desktop, onPostgres: true } },
    { name: 'no-script', testMatch: noScript, use: { ...desktop, javaScriptEnabled: false } },
    {
        name: 'visual',
        testMatch: visual,
        use: { launchOptions: still },
    },
];
// Pictures for people, not a test: only when asked for (`npm run screens`).
if (process.env.SCREENS_DIR) {
    projects.push({ name: 'screens', testMatch: screens, use: desktop });
}

export default defineConfig<Options, WorkerOptions>({
    testDir: './specs',
    outputDir: './test-results',
    fullyParallel: true,
    workers: 2,
    retries: 0,
    forbidOnly: true,
    timeout: 45_000,
    // A picture per name, whatever the machine. What may differ is what another version of the browser draws otherwise
    // at the edges of letters: the threshold is for colours, the ratio for how many pixels have another one.
    snapshotPathTemplate: './visual/{arg}{ext}',
    expect: { timeout: 8_000, toPass: { intervals: [50, 100, 200] }, toHaveScreenshot: { animations: 'disabled', threshold: 0.1, maxDiffPixelRatio: 0.0005 } },
    reporter: [['list']],
    projects,
    use: {
        browserName: 'chromium',
        locale: 'en-GB',
        timezoneId: 'Europe/Madrid',
        actionTimeout: 8_000,
        navigationTimeout: 15_000,
        screenshot: 'only-on-failure',
        launchOptions: { executablePath, args },
    },
});
