// How the end-to-end tests run: Debian's Chromium, a real server per worker, a wide screen on SQLite and a phone on
// PostgreSQL. BEDSIDE_DATABASE=sqlite or postgres puts all of them on one.
import { defineConfig, type PlaywrightTestConfig } from '@playwright/test';
import { resolve } from 'node:path';
import type { Options, WorkerOptions } from './support/fixtures.ts';

const noScript = /no-script\.spec\.ts/;
const screens = /screens\.spec\.ts/;
const visual = /visual\.spec\.ts/;
// Other programs beside the pages, and several servers.
const programs = /(socketio|prisma|nodes)\.spec\.ts/;
// What doesn't depend on the screen.
const anyScreen = /(roles|privacy|preferences|display-modes|keyboard)\.spec\.ts/;
// What needs a keyboard or is run on a wide screen only, and asks the database for something of its own.
const keys = /(keyboard|saved-replies|standing|privacy)\.spec\.ts/;
const desktop = { viewport: { width: 1280, height: 800 } };
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

const only = process.env.BEDSIDE_DATABASE;
if (only !== undefined && only !== 'sqlite' && only !== 'postgres') {
    throw new Error('BEDSIDE_DATABASE must be sqlite or postgres');
}
const onPostgres = only === 'postgres';

const executablePath = process.env.BEDSIDE_CHROMIUM ?? '/usr/bin/chromium';
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
    { name: 'desktop', testIgnore: [noScript, screens, visual, programs], use: { ...desktop, onPostgres } },
    { name: 'phone', testIgnore: [noScript, screens, visual, programs, anyScreen], use: { ...phone, isPhone: true, onPostgres: only !== 'sqlite' } },
    { name: 'desktop on PostgreSQL', testMatch: keys, use: { ...desktop, onPostgres: only !== 'sqlite' } },
    { name: 'programs', testMatch: programs, use: { ...desktop, onPostgres: only !== 'sqlite' } },
    { name: 'no-script', testMatch: noScript, use: { ...desktop, onPostgres, javaScriptEnabled: false } },
    {
        name: 'visual',
        testMatch: visual,
        use: { onPostgres, launchOptions: still },
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
    expect: { timeout: 8_000, toHaveScreenshot: { animations: 'disabled', threshold: 0.1, maxDiffPixelRatio: 0.0005 } },
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
