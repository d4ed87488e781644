// Compares pictures of every component (/styleguide) and of the main pages with end2end/visual.
// `make visual` takes them again.
import type { BrowserContextOptions, Page } from '@playwright/test';
import { Clinic, type Person } from '../support/clinic.ts';
import { expect, hydrated, test as base } from '../support/fixtures.ts';
import { bringFont, missingCharacters, stopClock } from '../support/type.ts';

const WIDE: BrowserContextOptions = { viewport: { width: 1120, height: 720 } };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
const SIZES = { wide: WIDE, phone: PHONE };
/** Sections whose layout differs on a phone. */
const ON_A_PHONE = ['buttons', 'bars', 'doctors', 'chats', 'messages', 'composer', 'chat-status', 'dialogs', 'forms'];
/** The device draws it, so it differs between machines. */
const EMOJI = '👍';

interface Scene {
    nora: Person;
    elena: Person;
    robin: Person;
    /** Nora's chat with Elena. */
    chat: number;
}

/** The same people and messages for every picture. */
const test = base.extend<object, { scene: Scene }>({
    scene: [
        async ({ server }, use) => {
            const clinic = new Clinic(server);
            const elena = await clinic.doctor('Dr. Elena García', 'Cardiology');
            const ingrid = await clinic.doctor('Dr. Ingrid Falk', 'Dermatology');
            const [nora, tomas] = [await clinic.patient('Nora Lindqvist'), await clinic.patient('Tomás Reyes')];
            const robin = await clinic.admin('Robin Vale');
            await robin.api.put('/api/clinic/safety', { data: { emergencyNumber: '112' } });
            const chat = await nora.initiate(elena);
            await nora.say(chat, 'Good morning. Since Monday I have had a headache every evening.', 'It goes away when I lie down.');
            await elena.say(chat, 'Thank you for writing. How long does it last, and do you take anything for it?');
            await nora.say(chat, 'An hour or two. Only water.');
            await elena.say(chat, 'Please keep a diary for a week: https://example.org/diary');
            const skin = await nora.initiate(ingrid);
            await ingrid.say(skin, 'Your results are in.');
            const waiting = await tomas.initiate(elena);
            await tomas.say(waiting, 'The pain is back.', 'Worse than yesterday.');
            await tomas.api.post(`/api/chats/${waiting}/report`, { data: { reason: 'Written to me by mistake.' } });
            for (const reader of [nora, elena]) {
                const seq = (await reader.messages(chat)).length;
                expect((await reader.api.post(`/api/chats/${chat}/read`, { data: { seq } })).ok()).toBe(true);
            }
            await elena.api.post('/api/saved-replies', { data: { title: 'Normal results', content: 'Dear {patient}, your results are normal.' } });
            await use({ nora, elena, robin, chat });
            await clinic.end();
        },
        { scope: 'worker' },
    ],
});

/** Compares the page with the picture of this name. */
async function compare(page: Page, name: string): Promise<void> {
    expect(await missingCharacters(page, EMOJI), 'characters that the tests\' font lacks').toEqual([]);
    await stopClock(page);
    await expect.soft(page).toHaveScreenshot(`${name}.png`);
}

for (const [size, options] of Object.entries(SIZES)) {
    for (const colorScheme of ['light', 'dark'] as const) {
        const look = `${size}-${colorScheme}`;
        const open = { ...options, colorScheme };
        const before = (page: Page) => bringFont(page.context());
        const tag = look === 'wide-light' ? [] : '@slow';

        // A phone has the same colours.
        if (size === 'wide' || colorScheme === 'light') {
            test(`styleguide matches its pictures, ${look}`, { tag: '@slow' }, async ({ browse }) => {
                test.setTimeout(90_000);
                const context = await browse(open);
                await bringFont(context);
                const page = await context.newPage();
                await page.goto('/styleguide');
                expect(await missingCharacters(page, EMOJI), 'characters that the tests\' font lacks').toEqual([]);
                const ids = await page.locator('.sg-section').evaluateAll((all) => all.map((section) => section.id));
                expect(ids.length).toBeGreaterThan(15);
                for (const id of ids.filter((id) => size === 'wide' || ON_A_PHONE.includes(id))) {
                    const mask = [page.getByText(EMOJI, { exact: true })];
                    await expect.soft(page.locator(`#${id}`)).toHaveScreenshot(`styleguide-${id}-${look}.png`, { mask });
                }
            });
        }

        test(`stranger pages match their pictures, ${look}`, { tag }, async ({ browse }) => {
            const context = await browse(open);
            await bringFont(context);
            const page = await context.newPage();
            for (const name of ['sign-in', 'create-account']) {
                await page.goto(`/${name}`);
                await hydrated(page);
                await compare(page, `${name}-${look}`);
            }
        });

        test(`patient pages match their pictures, ${look}`, { tag }, async ({ scene, asPatient }) => {
            const { nora, chat } = scene;
            const { page, rows, message } = await asPatient(nora, '/patient', { ...open, before });
            await rows.nth(1).waitFor();
            await compare(page, `directory-${look}`);
            await page.goto(nora.room(chat));
            await hydrated(page);
            await message.waitFor();
            await compare(page, `patient-room-${look}`);
        });

        test(`doctor pages match their pictures, ${look}`, { tag }, async ({ scene, asDoctor }) => {
            const { elena, chat } = scene;
            const { page, rows, message } = await asDoctor(elena, '/doctor', { ...open, before });
            await rows.nth(1).waitFor();
            await compare(page, `doctor-home-${look}`);
            await page.goto(elena.room(chat));
            await hydrated(page);
            await message.waitFor();
            await compare(page, `doctor-room-${look}`);
            await page.goto('/doctor/settings');
            await hydrated(page);
            await compare(page, `settings-${look}`);
        });

        test(`admin page matches its picture, ${look}`, { tag }, async ({ scene, visitAs }) => {
            const page = await visitAs(scene.robin, '/admin', { ...open, before });
            await page.getByText('Written to me by mistake.').waitFor();
            await compare(page, `admin-${look}`);
        });
    }
}
