// Enlarged or spaced text, forced colours, reduced motion: every control stays visible and usable.
import type { Page } from '@playwright/test';
import { enlargeText, expectFocusSeen, expectWithinReach, spaceText } from '../support/layout.ts';
import { ChatPage, EntryPage } from '../support/pages.ts';
import { expect, hydrated, test, type Person } from '../support/fixtures.ts';

const WIDE = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 } };

/** How a user views the pages. */
interface Mode {
    options: { viewport: { width: number; height: number } };
    prepare?: (page: Page) => Promise<void>;
    /** The least visible height of the conversation above the composer, in px. */
    leaves: number;
}

const MODES: Record<string, Mode> = {
    '200 % text': { options: WIDE, prepare: (page) => enlargeText(page, 32), leaves: 200 },
    '200 % text on a phone': { options: PHONE, prepare: (page) => enlargeText(page, 32), leaves: 150 },
    // A screen of 1280 × 1024 px at 400 %.
    '400 % zoom': { options: { viewport: { width: 320, height: 256 } }, leaves: 60 },
    'spaced text': { options: PHONE, prepare: spaceText, leaves: 300 },
};

/** A chat with a long word, a link, a reply and several senders. */
async function aChat(doctor: Person, ana: Person): Promise<number> {
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Donaudampfschifffahrtsgesellschaftskapitän https://example.org/results/2026/11/23/all-of-them', 'Is it serious?');
    const answer = { clientId: crypto.randomUUID(), content: 'No, it is not. Come by on Monday at ten.', replyTo: 2 };
    expect((await doctor.api.post(`/api/chats/${chat}/messages`, { data: answer })).status()).toBe(200);
    await ana.say(chat, 'Thank you');
    return chat;
}

async function visit(page: Page, path: string): Promise<void> {
    await page.goto(path);
    await hydrated(page);
}

/** Asserts the visible height of the conversation. */
async function expectConversation(view: ChatPage, least: number, what: string): Promise<void> {
    await view.page.evaluate(() => window.scrollTo(0, 0));
    await expect(view.message, what).toBeInViewport({ ratio: 1 });
    await expect(view.sendButton, what).toBeInViewport({ ratio: 1 });
    await expect(view.page.getByRole('heading', { level: 1 }), what).toBeInViewport();
    const region = await view.page.getByRole('region', { name: 'Chat history' }).boundingBox();
    expect(region?.height, `${what}: what is seen of the conversation`).toBeGreaterThanOrEqual(least);
}

for (const [name, { options, prepare, leaves }] of Object.entries(MODES)) {
    test.describe(name, () => {
        test.use(options);
        // The smallest layout represents the others in the quick run.
        const often = name === '200 % text on a phone' ? [] : '@slow';

        test('stranger reaches every control', { tag: '@slow' }, async ({ page, guard }) => {
            await prepare?.(page);
            await visit(page, '/sign-in');
            await expectWithinReach(page, 'sign in');
            await page.getByLabel('Settings').click();
            await expectWithinReach(page, 'settings', '#account-menu');
            guard.expectStatus(422, '/fn/account/sign-up');
            await visit(page, '/create-account');
            await new EntryPage(page).createAccount('Ana', 'ana@example.org', 'short');
            await expect(page.getByText('Please use 15 characters or more.')).toBeVisible();
            await expectWithinReach(page, 'create account, refused');
        });

        test('patient reaches every control', { tag: often }, async ({ clinic, asPatient }) => {
            const [doctor, ana] = [await clinic.doctor('Dr. Maximiliana Villaverde'), await clinic.patient()];
            const chat = await aChat(doctor, ana);
            const view = await asPatient(ana, ana.home, { before: async (page) => prepare?.(page) });
            const { page } = view;
            await expectWithinReach(page, 'directory');
            await visit(page, ana.room(chat));
            await expect(view.texts).toHaveCount(4);
            await expectConversation(view, leaves, 'room');
            await expectWithinReach(page, 'room');
            await view.openOptions(view.entry('Thank you'));
            await expectWithinReach(page, 'the options of a message');
            await view.options.getByRole('button', { name: 'Reply' }).click();
            await view.message.fill('One\nTwo\nThree\nFour\nFive\nSix\nSeven\nEight');
            await expectWithinReach(page, 'a long answer');
            await page.getByLabel('Chat options').click();
            await expectWithinReach(page, 'chat options', '.chat-menu');
            await page.keyboard.press('Escape');
            await expect(page.getByRole('button', { name: 'Archive' })).toBeHidden();
            await view.message.fill('I have chest pain since this morning');
            await expect.poll(() => page.evaluate(() => performance.getEntriesByName(`${location.origin}/fn/clinic/safety`).length)).toBe(1);
            await view.sendButton.click();
            await expect(page.getByRole('alert').filter({ hasText: 'If this is an emergency' })).toBeVisible();
            await expectWithinReach(page, 'whom to call', '.composer');
        });

        test('doctor reaches every control', { tag: often }, async ({ clinic, asDoctor }) => {
            const [doctor, ana] = [await clinic.doctor(), await clinic.patient('Maximiliana Villaverde')];
            const chat = await aChat(doctor, ana);
            expect((await doctor.api.post('/api/saved-replies', { data: { title: 'Fasting', content: 'Eat nothing, {patient}.' } })).status()).toBe(201);
            const view = await asDoctor(doctor, doctor.home, { before: async (page) => prepare?.(page) });
            const { page } = view;
            await expectWithinReach(page, 'inbox');
            await view.account.click();
            await expectWithinReach(page, 'account menu', '#account-menu');
            await visit(page, doctor.room(chat));
            await expectConversation(view, leaves - 30, "doctor's room");
            await expectWithinReach(page, "doctor's room");
            await view.message.pressSequentially('/');
            await expect(page.getByRole('option')).not.toHaveCount(0);
            await expectWithinReach(page, 'saved replies to choose from');
            await view.message.fill('');
            await page.getByRole('button', { name: 'Search this chat' }).click();
            await page.getByLabel('Search for').fill('serious');
            await expect(page.getByRole('dialog').getByRole('link')).toHaveCount(1);
            await expectWithinReach(page, 'search');
            await page.keyboard.press('Escape');
            await page.keyboard.press('Escape');
            await page.getByLabel('Chat options').click();
            await page.getByRole('button', { name: 'Close chat' }).click();
            await expectWithinReach(page, 'closing a chat');
            await page.getByLabel('Reason (shown to the patient)').fill('Get well soon! '.repeat(33));
            await page.getByRole('dialog').getByRole('button', { name: 'Close chat' }).click();
            await expect(page.getByText('You closed this chat on')).toBeVisible();
            await expectWithinReach(page, 'a closed chat');
            for (const part of ['settings', 'replies', 'notifications']) {
                await visit(page, `/doctor/${part}`);
                await expectWithinReach(page, part);
            }
        });

        test('admin reaches every control', { tag: '@slow' }, async ({ clinic, visitAs }) => {
            const page = await visitAs(await clinic.admin(), '/admin', { before: async (page) => prepare?.(page) });
            await expectWithinReach(page, 'overview');
            for (const part of ['reports', 'safety', 'replies']) {
                await visit(page, `/admin/${part}`);
                await expectWithinReach(page, part);
            }
        });
    });
}

test('enlarged text gets the layout of a smaller screen', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const view = await asPatient(ana, ana.room(chat), { ...WIDE, before: (page) => enlargeText(page, 32) });
    await expect(view.backToChats).toBeVisible();
    await expect(view.chats).toBeHidden();
});

test.describe('forced colours', () => {
    test.use({ ...WIDE, forcedColors: 'active' });

    test('lines show selection, sender and focus', { tag: '@slow' }, async ({ clinic, asDoctor }) => {
        const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
        const chat = await aChat(doctor, ana);
        await ana.say(chat, 'One more');
        const view = await asDoctor(doctor, doctor.home);
        const { page } = view;
        const line = (of: string, property: 'border' | 'outline') =>
            page.locator(of).first().evaluate((element, property) => {
                const style = getComputedStyle(element);
                return { width: parseFloat(style.getPropertyValue(`${property}-width`)), style: style.getPropertyValue(`${property}-style`) };
            }, property);
        expect(await line('.part[aria-pressed="true"]', 'outline')).toEqual({ width: 2, style: 'solid' });
        expect((await line('.badge', 'border')).style).toBe('solid');
        await view.row(ana.name).click();
        await expect(view.texts).toHaveCount(5);
        expect(await line('.chat-row[aria-current="page"]', 'outline')).toEqual({ width: 2, style: 'solid' });
        expect((await line('.message.own .bubble', 'border')).width).toBeGreaterThan((await line('.message:not(.own) .bubble', 'border')).width);
        // Buttons are recognizable by their border.
        for (const button of await page.locator('button:visible, summary:visible').all()) {
            const hasLine = await button.evaluate((element) => element.matches('.message-more') || parseFloat(getComputedStyle(element).borderTopWidth) > 0);
            expect(hasLine, await button.evaluate((element) => element.outerHTML.slice(0, 120))).toBe(true);
        }
        await expectFocusSeen(page, 'room', 12);
        await visit(page, '/doctor/settings');
        await expectFocusSeen(page, 'settings', 20);
    });
});

test.describe('more contrast', () => {
    for (const colorScheme of ['light', 'dark'] as const) {
        test(`text has 7:1 contrast in the ${colorScheme} theme`, { tag: '@slow' }, async ({ clinic, asPatient }) => {
            const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
            const chat = await aChat(doctor, ana);
            const { page } = await asPatient(ana, ana.home, { ...WIDE, colorScheme, contrast: 'more' });
            await expectContrast(page, 'directory');
            await visit(page, ana.room(chat));
            await expectContrast(page, 'room');
        });
    }
});

/** Asserts that text has a contrast of 7:1 (axe, WCAG 1.4.6). */
async function expectContrast(page: Page, what: string): Promise<void> {
    const { AxeBuilder } = await import('@axe-core/playwright');
    const { violations } = await new AxeBuilder({ page }).withRules(['color-contrast-enhanced']).analyze();
    expect(violations.flatMap(({ nodes }) => nodes.map((node) => `${node.target.join(' ')}: ${node.failureSummary ?? ''}`)), what).toEqual([]);
}

test('page has no motion when reduced motion is set', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await aChat(doctor, ana);
    const view = await asPatient(ana, ana.home, { reducedMotion: 'reduce' });
    const { page } = view;
    const expectStill = async (what: string) => {
        const moving = await page.evaluate(() => {
            const all = [...document.querySelectorAll('*')].flatMap((element) => ['', '::before', '::after'].map((pseudo) => [element, pseudo] as const));
            const moves = all.filter(([element, pseudo]) => {
                const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(element, pseudo);
                return transitionDuration.split(', ').some((time) => parseFloat(time) > 0.01) || animationName !== 'none' || scrollBehavior !== 'auto';
            });
            return [...moves.map(([element]) => element.className), ...document.getAnimations().map(String)];
        });
        expect(moving, what).toEqual([]);
    };
    await expectStill('directory');
    await visit(page, ana.room(chat));
    await view.entry('No, it is not. Come by on Monday at ten.').getByRole('link').click();
    await expect(view.log.locator('.pointed-at')).toContainText('Is it serious?');
    await expectStill('room, led to a message');
    await page.getByRole('button', { name: 'Search this chat' }).click();
    await expectStill('search');
});
