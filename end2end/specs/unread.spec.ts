// Unread counts are live, equal in every tab, and cleared only by real reading.
import type { Page } from '@playwright/test';
import type { Person } from '../support/clinic.ts';
import { ChatPage } from '../support/pages.ts';
import { expect, hydrated, test } from '../support/fixtures.ts';

test('badge counts up live on every page and tab', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const other = await ben.initiate(doctor);
    const home = await asDoctor(doctor);
    const elsewhere = await home.page.context().newPage();
    await elsewhere.goto(doctor.room(other));
    await hydrated(elsewhere);
    const tab = new ChatPage(elsewhere);
    await home.expectUnread(ana.name, 0);
    for (const count of [1, 2]) {
        await ana.say(chat, `Message ${count}`);
        await home.expectUnread(ana.name, count);
        await tab.expectUnread(ana.name, count);
        await expect(home.row(ana.name)).toContainText(`Message ${count}`);
    }
    await home.expectUnread(ben.name, 0);
});

test('reading clears the badge in other tabs', async ({ clinic, asDoctor, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'One', 'Two');
    const home = await asDoctor(doctor);
    const tab = new ChatPage(await home.page.context().newPage());
    await tab.page.goto(doctor.home);
    await hydrated(tab.page);
    await home.expectUnread(ana.name, 2);
    await tab.expectUnread(ana.name, 2);
    await tab.row(ana.name).click();
    await tab.expectTexts('One', 'Two');
    await home.expectUnread(ana.name, 0);
    // The user's own messages are never unread.
    await tab.send('Three');
    await expect(home.row(ana.name)).toContainText('Three');
    await home.expectUnread(ana.name, 0);
    const patient = await asPatient(ana);
    await patient.expectUnread(doctor.name, 1);
});

test('room without focus marks nothing as read', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const home = await asDoctor(doctor);
    const room = await asDoctor(doctor, doctor.room(chat), {
        // Playwright's pages always have the focus. This page reports none, like a covered window.
        before: async (page) => {
            await page.addInitScript(() => {
                Document.prototype.hasFocus = () => document.documentElement.dataset.looking === 'yes';
            });
        },
    });
    await ana.say(chat, 'Hello?');
    await room.expectTexts('Hello?');
    await home.expectUnread(ana.name, 1);
    await ana.say(chat, 'Anybody?');
    await room.expectTexts('Hello?', 'Anybody?');
    await home.expectUnread(ana.name, 2);
    await room.page.evaluate(() => {
        document.documentElement.dataset.looking = 'yes';
        window.dispatchEvent(new Event('focus'));
    });
    await home.expectUnread(ana.name, 0);
});

const many = (count: number) => Array.from({ length: count }, (_, index) => `Question ${String(index + 1).padStart(2, '0')}`);

/** How far the doctor has read, as the patient's API reports it. */
async function readTo(patient: Person, chat: number): Promise<number> {
    const answer = await patient.api.get(`/api/chats/${chat}`);
    return ((await answer.json()) as { peerReadSeq: number }).peerReadSeq;
}

/** Hides or shows the tab. A hidden tab draws no frames. (Playwright's pages are never hidden.) */
async function hide(page: Page, isHidden: boolean): Promise<void> {
    await page.evaluate((isHidden) => {
        const held = window as unknown as { frames?: FrameRequestCallback[]; drawing?: typeof requestAnimationFrame };
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => isHidden });
        if (isHidden) {
            const frames: FrameRequestCallback[] = [];
            [held.frames, held.drawing] = [frames, window.requestAnimationFrame];
            window.requestAnimationFrame = (callback) => -frames.push(callback);
        } else {
            window.requestAnimationFrame = held.drawing ?? window.requestAnimationFrame;
            held.frames?.forEach((callback) => window.requestAnimationFrame(callback));
        }
        document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    }, isHidden);
}

test('room opens where reading stopped and reads only the view', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Good morning');
    await doctor.say(chat, 'Good morning!');
    const texts = many(60);
    await ana.say(chat, ...texts);
    const home = await asDoctor(doctor);
    await home.expectUnread(ana.name, 60);
    const room = await asDoctor(doctor, doctor.room(chat));
    // More than one page of messages and one screen: the room opens at the separator.
    await expect(room.page.getByRole('separator').filter({ hasText: 'New messages' })).toBeInViewport();
    await expect(room.bubble('Question 01')).toBeInViewport();
    await expect(room.bubble('Question 60')).not.toBeInViewport();
    await expect(room.newest).toHaveText(/new messages$/);
    // Only the messages in view are read.
    await expect.poll(() => readTo(ana, chat)).toBeGreaterThan(2);
    const seen = await readTo(ana, chat);
    expect(seen).toBeLessThan(40);
    await expect(room.bubble(texts[seen - 3] ?? '')).toBeInViewport();
    // A jump to the end does not read the messages in between, and a button shows their count.
    await room.newest.click();
    await expect(room.bubble('Question 60')).toBeInViewport();
    const above = room.page.getByRole('button', { name: /unread messages?$/ });
    await expect(above).toBeVisible();
    expect(await readTo(ana, chat)).toBe(seen);
    await above.click();
    await expect(room.bubble(texts[seen - 2] ?? '')).toBeInViewport();
    await expect(above).toBeHidden();
    // Scrolling through all messages reads all of them.
    const history = room.page.getByRole('region', { name: 'Chat history' });
    await expect(async () => {
        await history.hover();
        await room.page.mouse.wheel(0, 300);
        expect(await readTo(ana, chat)).toBe(62);
    }).toPass();
    await home.expectUnread(ana.name, 0);
});

test('skipped messages can be marked as read', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, ...many(40));
    const room = await asDoctor(doctor, doctor.room(chat));
    await expect(room.bubble('Question 01')).toBeInViewport();
    await room.newest.click();
    await room.page.getByRole('button', { name: 'Mark as read' }).click();
    await expect.poll(() => readTo(ana, chat)).toBe(40);
    await expect(room.page.getByRole('button', { name: 'Mark as read' })).toBeHidden();
});

/** Sets whether the window has the focus. */
async function look(page: Page, isLooking: boolean): Promise<void> {
    await page.evaluate((isLooking) => {
        document.hasFocus = () => isLooking;
        window.dispatchEvent(new Event(isLooking ? 'focus' : 'blur'));
    }, isLooking);
}

test('messages that arrive in a hidden tab get a separator', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Hello?');
    const room = await asDoctor(doctor, doctor.room(chat));
    await expect.poll(() => readTo(ana, chat)).toBe(1);
    const line = room.page.getByRole('separator').filter({ hasText: 'New messages' });
    await ana.say(chat, 'Are you there?');
    await expect.poll(() => readTo(ana, chat)).toBe(2);
    await expect(line).toHaveCount(0);
    await hide(room.page, true);
    await ana.say(chat, 'Anybody?');
    await room.expectTexts('Hello?', 'Are you there?', 'Anybody?');
    expect(await readTo(ana, chat)).toBe(2);
    await hide(room.page, false);
    await expect.poll(() => readTo(ana, chat)).toBe(3);
    await expect(line).toHaveCount(1);
});

test('returning tab reads only the messages in view', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Hello?');
    const room = await asDoctor(doctor, doctor.room(chat));
    await expect.poll(() => readTo(ana, chat)).toBe(1);
    await hide(room.page, true);
    await ana.say(chat, ...many(40));
    await expect(room.bubble('Question 40')).toHaveCount(1);
    await hide(room.page, false);
    // The view stays at the end. All other new messages are above it.
    await expect(room.bubble('Question 40')).toBeInViewport();
    const above = room.page.getByRole('button', { name: '40 unread messages' });
    await expect(above).toBeVisible();
    expect(await readTo(ana, chat)).toBe(1);
    await above.click();
    await expect(room.bubble('Question 01')).toBeInViewport();
    await expect.poll(() => readTo(ana, chat)).toBeGreaterThan(1);
});

test('search result does not mark other messages as read', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'An unusual word');
    await doctor.say(chat, ...many(45));
    await ana.say(chat, ...many(30));
    const home = await asDoctor(doctor);
    await home.expectUnread(ana.name, 30);
    await home.page.getByRole('button', { name: 'Search messages' }).click();
    const dialog = home.page.getByRole('dialog', { name: 'Search messages' });
    await dialog.getByLabel('Search for').fill('unusual');
    await dialog.getByRole('list').getByRole('link').click();
    await expect(home.bubble('An unusual word')).toBeInViewport();
    await home.page.goto(doctor.home);
    await hydrated(home.page);
    await home.expectUnread(ana.name, 30);
    expect(await readTo(ana, chat)).toBe(46);
});

test('messages that scrolled by unseen stay unread', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Hello?');
    const room = await asDoctor(doctor, doctor.room(chat));
    await expect.poll(() => readTo(ana, chat)).toBe(1);
    await look(room.page, false);
    await ana.say(chat, 'Are you there?', 'Anybody?');
    await expect(room.bubble('Anybody?')).toBeInViewport();
    await hide(room.page, true);
    await ana.say(chat, ...many(40));
    await expect(room.bubble('Question 40')).toHaveCount(1);
    await look(room.page, true);
    await hide(room.page, false);
    await expect(room.page.getByRole('button', { name: '42 unread messages' })).toBeVisible();
    expect(await readTo(ana, chat)).toBe(1);
});

test('message longer than the view is read at its end', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Hello?');
    const room = await asDoctor(doctor, doctor.room(chat));
    await expect.poll(() => readTo(ana, chat)).toBe(1);
    await ana.say(chat, many(60).join('\n'));
    const above = room.page.getByRole('button', { name: '1 unread message' });
    await above.click();
    await expect(above).toBeHidden();
    expect(await readTo(ana, chat)).toBe(1);
    await expect
        .poll(
            async () => {
                await room.page.locator('.history').evaluate((history) => history.scrollBy(0, 150));
                return readTo(ana, chat);
            },
            { intervals: [100] },
        )
        .toBe(2);
});
