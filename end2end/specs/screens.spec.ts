// Pictures of every page for people to look at, into the folder that SCREENS_DIR names. Not part of a run.
import { test as base, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { enlargeText } from '../support/layout.ts';
import { EntryPage, PatientPage, hydrated } from '../support/pages.ts';
import { Server } from '../support/server.ts';
import { SocketTap } from '../support/socket.ts';

const FOLDER = process.env.SCREENS_DIR ?? 'screens';
const PATIENT = 'nora@demo.example';
const DOCTOR = 'elena.garcia@demo.example';
const ADMIN = 'admin@demo.example';
const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

interface Demo {
    server: Server;
    passwords: Map<string, string>;
}

const test = base.extend<object, { demo: Demo }>({
    demo: [
        async ({}, use) => {
            const demo = await Server.startDemo();
            await use(demo);
            await demo.server.end();
        },
        { scope: 'worker' },
    ],
});

for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark'] as const) {
        test(`pictures: ${size}, ${colorScheme}`, async ({ browser, demo }) => {
            test.setTimeout(120_000);
            mkdirSync(FOLDER, { recursive: true });
            const shoot = (page: Page, name: string) =>
                page.screenshot({
                    path: join(FOLDER, `${name}-${size}-${colorScheme}.jpg`),
                    type: 'jpeg',
                    quality: 75,
                    animations: 'disabled',
                });
            const open = (browser: Browser): Promise<BrowserContext> =>
                browser.newContext({
                    baseURL: demo.server.url,
                    viewport,
                    colorScheme,
                    ...(size === 'phone' ? { isMobile: true, hasTouch: true } : {}),
                });
            const visit = async (page: Page, path: string) => {
                await page.goto(path);
                await hydrated(page);
            };
            const signIn = async (context: BrowserContext, email: string) => {
                const data = { email, password: demo.passwords.get(email) };
                await context.request.post('/api/session', { data });
                return context;
            };

            const stranger = await (await open(browser)).newPage();
            await visit(stranger, '/sign-in');
            await shoot(stranger, '01-sign-in');
            await visit(stranger, '/create-account');
            await shoot(stranger, '02-create-account');
            await new EntryPage(stranger).createAccount('Nora Lindqvist', 'new@demo.example', 'short');
            await stranger.getByText('Please use 15 characters or more.').waitFor();
            await shoot(stranger, '03-create-account-refused');
            await visit(stranger, '/nowhere');
            await shoot(stranger, '04-not-found');
            await stranger.getByLabel('Settings').click();
            await shoot(stranger, '05-settings');

            const theirs = await signIn(await open(browser), PATIENT);
            const patient = new PatientPage(await theirs.newPage());
            const tap = await SocketTap.on(patient.page);
            await visit(patient.page, '/patient');
            await shoot(patient.page, '06-directory');
            await patient.search.fill('nobody of this name');
            await patient.noResults.waitFor();
            await shoot(patient.page, '07-directory-no-results');
            await visit(patient.page, '/patient');
            await patient.rows.first().click();
            await patient.message.waitFor();
            await shoot(patient.page, '08-patient-room');
            const last = patient.log.locator('.message.own:not(.retracted)').last();
            await last.getByRole('button', { name: 'Message options' }).click();
            await shoot(patient.page, '13-message-options');
            await patient.options.getByRole('button', { name: 'Take back' }).click();
            await shoot(patient.page, '14-take-back');
            await patient.options.getByRole('button', { name: 'Keep it' }).click();
            await patient.log.locator('.message:not(.own)').last().getByRole('button', { name: 'Message options' }).click();
            await patient.log.getByRole('button', { name: 'Reply' }).click();
            await shoot(patient.page, '15-answering');
            await patient.send('Thank you, that is clear.');
            await patient.expectAllSent();
            await patient.choose('Thank you, that is clear.', 'Correct');
            await patient.send('Thank you, that is clear now.');
            await patient.expectAllSent();
            await patient.choose('Thank you, that is clear.', 'Take back');
            await patient.log.getByRole('button', { name: 'Take back', exact: true }).click();
            await patient.log.getByText('You took this message back').last().waitFor();
            await shoot(patient.page, '16-answered-corrected-taken-back');
            tap.refuse('unavailable');
            await patient.send('Could you look at my last results?');
            await patient.log.getByText('Not sent').waitFor();
            await shoot(patient.page, '09-not-sent');
            await patient.log.getByRole('button', { name: 'Discard' }).click();
            await theirs.setOffline(true);
            await patient.banner.waitFor();
            await patient.send('Written without a connection');
            await patient.log.getByText('Sending…').waitFor();
            await shoot(patient.page, '10-offline');
            await theirs.close();

            const doctors = await signIn(await open(browser), DOCTOR);
            const doctor = new PatientPage(await doctors.newPage());
            await visit(doctor.page, '/doctor');
            await shoot(doctor.page, '11-doctor-home');
            if (size === 'wide') {
                await doctor.page.keyboard.press('Control+k');
                await doctor.page.getByRole('dialog').waitFor();
                await shoot(doctor.page, '17-switch');
                await doctor.page.keyboard.press('Escape');
                await doctor.page.getByRole('dialog').waitFor({ state: 'hidden' });
                await doctor.page.keyboard.press('Shift+?');
                await doctor.page.getByRole('dialog').waitFor();
                await shoot(doctor.page, '18-shortcuts');
                await doctor.page.keyboard.press('Escape');
            }
            await doctor.rows.first().click();
            await doctor.message.waitFor();
            await shoot(doctor.page, '12-doctor-room');
            await doctor.page.getByRole('button', { name: 'Search this chat' }).click();
            await doctor.page.getByLabel('What was said').fill('the');
            await doctor.page.getByRole('dialog').getByRole('link').first().waitFor();
            await shoot(doctor.page, '19-search');
            await doctor.page.getByLabel('What was said').fill('nothing like this');
            await doctor.page.getByText('Nothing was found.').waitFor();
            await shoot(doctor.page, '20-search-nothing');
            await doctor.page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
            await doctor.page.getByLabel('Chat options').click();
            await shoot(doctor.page, '21-chat-options');
            await doctor.page.getByRole('button', { name: 'Close this chat' }).click();
            await doctor.page.getByLabel('Reason, which the patient sees').fill('All is well. Come by in spring.');
            await shoot(doctor.page, '22-close-chat');
            await doctor.page.getByRole('dialog').getByRole('button', { name: 'Close this chat' }).click();
            await doctor.page.getByText('You closed this chat on').waitFor();
            await shoot(doctor.page, '23-closed');
            await doctor.page.getByRole('button', { name: 'Open it again' }).click();
            await doctor.message.waitFor();
            await doctor.page.getByLabel('Chat options').click();
            await doctor.page.getByRole('button', { name: 'Report to the clinic' }).click();
            await doctor.page.getByRole('dialog').waitFor();
            await shoot(doctor.page, '24-report');
            await doctor.page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
            await doctor.page.getByRole('button', { name: 'No reply needed' }).or(doctor.page.getByText('Marked as done.')).first().waitFor();
            await shoot(doctor.page, '25-doctor-line');
            await doctor.page.getByRole('button', { name: 'Saved replies' }).click();
            await doctor.page.locator('.reply-picker').getByText('No saved replies yet').or(doctor.page.locator('.reply-picker [role=option]').first()).waitFor();
            await shoot(doctor.page, '26-saved-replies-none');
            await doctors.request.post('/api/saved-replies', {
                data: { title: `Results ${size} ${colorScheme}`, content: 'Dear {patient}, your results are normal.' },
            });
            await visit(doctor.page, '/doctor/replies');
            await shoot(doctor.page, '27-saved-replies-page');
            await visit(doctor.page, '/doctor/settings');
            await shoot(doctor.page, '28-doctor-settings');
            await visit(doctor.page, '/doctor/notifications');
            await doctor.page.getByRole('main').getByRole('status').first().waitFor();
            await shoot(doctor.page, '29-notifications');
            await doctors.close();

            const patients = await signIn(await open(browser), PATIENT);
            const worried = new PatientPage(await patients.newPage());
            await visit(worried.page, '/patient');
            await worried.rows.first().click();
            await worried.page.waitForFunction(() =>
                performance.getEntriesByType('resource').some((entry) => entry.name.endsWith('/fn/clinic/safety')),
            );
            await worried.message.fill('I have chest pain since this morning');
            await worried.sendButton.click();
            await worried.page.getByRole('alert').filter({ hasText: 'If this is an emergency' }).waitFor();
            await shoot(worried.page, '30-emergency');
            await patients.close();

            const admins = await signIn(await open(browser), ADMIN);
            const admin = await admins.newPage();
            await visit(admin, '/admin');
            await admin.getByRole('heading', { name: 'Saved replies' }).waitFor();
            await shoot(admin, '31-admin');
            await admins.close();
        });
    }
}

/** As somebody sees it who enlarges the text or the page, or has the device paint it. */
const LOOKS = {
    'text-200': { options: { viewport: SIZES.phone }, px: 32 },
    'zoom-400': { options: { viewport: { width: 320, height: 256 }, deviceScaleFactor: 2 }, px: 16 },
    'forced-colours': { options: { viewport: SIZES.wide, forcedColors: 'active', colorScheme: 'dark' }, px: 16 },
} as const;

for (const [look, { options, px }] of Object.entries(LOOKS)) {
    test(`pictures: ${look}`, async ({ browser, demo }) => {
        test.setTimeout(60_000);
        mkdirSync(FOLDER, { recursive: true });
        const open = async (email: string) => {
            const context = await browser.newContext({ baseURL: demo.server.url, ...options });
            await context.request.post('/api/session', { data: { email, password: demo.passwords.get(email) } });
            const view = new PatientPage(await context.newPage());
            await enlargeText(view.page, px);
            return view;
        };
        const shoot = (page: Page, name: string) =>
            page.screenshot({ path: join(FOLDER, `${name}-${look}.jpg`), type: 'jpeg', quality: 75, animations: 'disabled' });
        for (const [email, home, name] of [
            [PATIENT, '/patient', 'patient'],
            [DOCTOR, '/doctor', 'doctor'],
        ] as const) {
            const view = await open(email);
            await view.page.goto(home);
            await hydrated(view.page);
            await shoot(view.page, `32-${name}`);
            await view.rows.first().click();
            await view.message.waitFor();
            await shoot(view.page, `33-${name}-room`);
            await view.page.context().close();
        }
    });
}
