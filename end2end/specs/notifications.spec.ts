// Notifications of new messages: one tab notifies, once per chat, with no more than the user chose.
// The settings page tests whether notifications work.
import type { Page } from '@playwright/test';
import { ChatPage, accountButton } from '../support/pages.ts';
import { expect, hydrated, test, type Person } from '../support/fixtures.ts';
import { SocketTap } from '../support/socket.ts';

/** A notification that the page created. */
interface Shown {
    title: string;
    body?: string;
    tag?: string;
    icon?: string;
    isClosed: boolean;
}

/** How a browser handles notifications. */
interface NotificationSetup {
    permission: NotificationPermission | 'unsupported' | 'insecure';
    /** The answer to the permission request. */
    answer?: NotificationPermission;
    /** What the browser does with a notification. A refused one cannot be created by a page. */
    fate?: 'shown' | 'swallowed' | 'refused';
    /** What this user chose earlier in this browser. */
    wishes?: { person: Person; chosen: Record<string, boolean> };
}

declare global {
    interface Window {
        notified: { shown: Shown[]; made: Notification[]; asked: number; tones: number };
    }
}

/** Replaces notifications and sounds of the browser with a recorder. Call it before navigation. */
async function fakeNotifications(page: Page, { permission, answer = 'granted', fate = 'shown', wishes }: NotificationSetup): Promise<void> {
    const kept = wishes && { key: `bedside-notify:${wishes.person.id}`, value: JSON.stringify(wishes.chosen) };
    await page.addInitScript(
        ({ permission, answer, fate, kept }) => {
            const record: Window['notified'] = { shown: [], made: [], asked: 0, tones: 0 };
            window.notified = record;
            if (kept && location.protocol.startsWith('http')) {
                localStorage.setItem(kept.key, kept.value);
            }
            const start = OscillatorNode.prototype.start;
            OscillatorNode.prototype.start = function (when?: number) {
                record.tones += 1;
                start.call(this, when);
            };
            if (permission === 'unsupported') {
                Reflect.deleteProperty(window, 'Notification');
                return;
            }
            if (permission === 'insecure') {
                Object.defineProperty(window, 'isSecureContext', { value: false });
                return;
            }
            class Recorder {
                static permission = permission;
                static requestPermission() {
                    record.asked += 1;
                    Recorder.permission = answer;
                    return Promise.resolve(answer);
                }
                onshow: (() => void) | null = null;
                onclick: (() => void) | null = null;
                onerror: (() => void) | null = null;
                private readonly shown: Shown;
                constructor(title: string, options: NotificationOptions = {}) {
                    if (fate === 'refused') {
                        throw new TypeError('Illegal constructor');
                    }
                    this.shown = { title, ...options, isClosed: false };
                    record.shown.push(this.shown);
                    record.made.push(this as unknown as Notification);
                    if (fate === 'shown') {
                        setTimeout(() => this.onshow?.(), 20);
                    }
                }
                close() {
                    this.shown.isClosed = true;
                }
            }
            Object.defineProperty(window, 'Notification', { value: Recorder });
        },
        { permission, answer, fate, kept },
    );
}

/** A browser in which this user allowed notifications earlier and chose these options. */
function allowed(person: Person, chosen: Record<string, boolean> = {}): NotificationSetup {
    return { permission: 'granted', wishes: { person, chosen: { isAsked: true, notifications: true, ...chosen } } };
}

/** The client id of the tab that holds the lock for notifications. */
function turn(page: Page): Promise<string | undefined> {
    return page.evaluate(async () => {
        const { held = [] } = await navigator.locks.query();
        return held.find((lock) => lock.name?.startsWith('bedside-notify-'))?.clientId;
    });
}

/** Waits until a tab other than `before` holds the lock. */
async function turnTaken(page: Page, before?: string): Promise<void> {
    await expect.poll(async () => ![undefined, before].includes(await turn(page))).toBe(true);
}

/** The notifications that the page created. */
function shown(page: Page): Promise<Shown[]> {
    return page.evaluate(() => window.notified.shown);
}

async function titles(page: Page): Promise<string[]> {
    return (await shown(page)).map((each) => each.title);
}

/** Opens another tab in the same browser. */
async function anotherTab(page: Page, path: string, how: NotificationSetup): Promise<ChatPage> {
    const tab = await page.context().newPage();
    await fakeNotifications(tab, how);
    await tab.goto(path);
    await hydrated(tab);
    return new ChatPage(tab);
}

test('one tab notifies, once per chat and not of own messages', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient()];
    const [chat, other] = [await ana.initiate(doctor), await ben.initiate(doctor)];
    await ana.say(chat, 'Said before');
    const how = allowed(doctor);
    const { page } = await asDoctor(doctor, doctor.home, { before: (page) => fakeNotifications(page, how) });
    const tab = await anotherTab(page, doctor.home, how);
    await turnTaken(page);
    await ana.say(chat, 'One');
    await expect.poll(() => titles(page)).toEqual(['New message']);
    await ana.say(chat, 'Two');
    await ben.say(other, 'Hello');
    await doctor.say(other, 'Good morning');
    await ana.say(chat, 'Three');
    await tab.expectUnread(ana.name, 4);
    await expect
        .poll(async () => [...(await titles(page)), ...(await titles(tab.page))])
        .toEqual(['New message', '2 new messages', 'New message', '3 new messages']);
    const tags = (await shown(page)).map((each) => each.tag);
    expect(tags, 'all from the tab that was there first').toEqual([chat, chat, other, chat].map(String));
});

test('another tab notifies after the notifying tab closes', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const how = allowed(doctor);
    const { page } = await asDoctor(doctor, doctor.home, { before: (page) => fakeNotifications(page, how) });
    await turnTaken(page);
    const tab = await anotherTab(page, doctor.home, how);
    await page.close();
    await ana.say(chat, 'Still there?');
    await expect.poll(() => titles(tab.page)).toEqual(['New message']);
});

test('next tab notifies only what was not notified before', { tag: '@slow' }, async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient()];
    const [chat, other] = [await ana.initiate(doctor), await ben.initiate(doctor)];
    const how = allowed(doctor);
    const { page } = await asDoctor(doctor, doctor.home, { before: (page) => fakeNotifications(page, how) });
    await turnTaken(page);
    const second = await anotherTab(page, doctor.home, how);
    await doctor.say(chat, 'No notification for the user’s own');
    await expect(second.row(ana.name)).toContainText('No notification for the user’s own');
    await ana.say(chat, 'Told by the first');
    await expect.poll(() => shown(page)).toMatchObject([{ tag: String(chat) }]);
    await second.expectUnread(ana.name, 1);
    const first = await turn(page);
    // Notifications of the first tab stay open after it closes.
    await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide')));
    expect(await shown(page)).toMatchObject([{ isClosed: false }]);
    await page.close();
    await turnTaken(second.page, first);
    await ben.say(other, 'Told by the second');
    await expect.poll(() => shown(second.page)).toMatchObject([{ tag: String(other) }]);

    // A tab that holds the lock but receives nothing.
    const deaf = await second.page.context().newPage();
    await fakeNotifications(deaf, how);
    await deaf.routeWebSocket('**/ws', () => undefined);
    await deaf.goto(doctor.home);
    await hydrated(deaf);
    const third = await anotherTab(second.page, doctor.home, how);
    await second.page.close();
    await ana.say(chat, 'Told by nobody');
    await third.expectUnread(ana.name, 2);
    await third.page.evaluate(() => {
        const now = Date.now;
        Date.now = () => now() + 600_000;
    });
    expect(await shown(third.page)).toEqual([]);
    await deaf.close();
    await expect.poll(() => shown(third.page)).toMatchObject([{ tag: String(chat) }]);
});

test('late tab does not repeat a notification', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient()];
    const [chat, other] = [await ana.initiate(doctor), await ben.initiate(doctor)];
    const how = allowed(doctor);
    const { page } = await asDoctor(doctor, doctor.home, { before: (page) => fakeNotifications(page, how) });
    await turnTaken(page);
    const second = await page.context().newPage();
    await fakeNotifications(second, how);
    const tap = await SocketTap.on(second);
    await second.goto(doctor.home);
    await ana.say(chat, 'Heard by both');
    await expect(second.getByText('Heard by both')).toBeVisible();
    tap.hold();
    await ana.say(chat, 'Said', 'Told by the first');
    await expect.poll(() => titles(page)).toContain('3 new messages');
    const first = await turn(page);
    await page.close();
    await turnTaken(second, first);
    tap.release();
    await expect(second.getByText('Told by the first')).toBeVisible();
    await ben.say(other, 'Told by the second');
    await expect.poll(() => shown(second)).toMatchObject([{ tag: String(other) }]);
});

test('messages after a restored backup are notified', { tag: '@slow' }, async ({ clinic, server, asDoctor, guard }) => {
    guard.expectNoNetwork();
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const home = await asDoctor(doctor, doctor.home, { before: (page) => fakeNotifications(page, allowed(doctor)) });
    await turnTaken(home.page);
    await ana.say(chat, 'In the backup');
    await expect.poll(() => titles(home.page)).toEqual(['New message']);
    await server.stop();
    await server.saveBackup();
    await server.startAgain();
    await expect(home.banner).toBeHidden({ timeout: 20_000 });
    await ana.say(chat, 'Lost later');
    await expect.poll(() => titles(home.page)).toEqual(['New message', '2 new messages']);
    await server.stop();
    await server.restoreBackup();
    await server.startAgain();
    await expect(home.row(ana.name)).toContainText('In the backup', { timeout: 20_000 });
    const before = (await titles(home.page)).length;
    await ana.say(chat, 'Written since');
    await expect.poll(async () => (await titles(home.page)).slice(before)).toEqual(['2 new messages']);
});

test('sign-out in one tab closes notifications of another', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const how = allowed(doctor);
    const { page } = await asDoctor(doctor, doctor.home, { before: (page) => fakeNotifications(page, how) });
    await turnTaken(page);
    const tab = await anotherTab(page, doctor.home, how);
    await ana.say(chat, 'Anybody?');
    await expect.poll(() => shown(page)).toMatchObject([{ isClosed: false }]);
    const kept = () => page.evaluate((id) => localStorage.getItem(`bedside-told:${id}`), doctor.id);
    expect(await kept()).toBe(JSON.stringify([[chat, 1]]));
    await tab.signOut();
    await expect.poll(() => shown(page)).toMatchObject([{ isClosed: true }]);
    await expect.poll(kept).toBeNull();
});

test('notification, title and address contain no name or text', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const secret = 'My xylophone hurts';
    const seen: string[] = [];
    const { page } = await asDoctor(doctor, doctor.home, { before: (page) => fakeNotifications(page, allowed(doctor)) });
    page.on('request', (request) => seen.push(request.url()));
    await turnTaken(page);
    await ana.say(chat, secret);
    await expect.poll(() => titles(page)).toEqual(['New message']);
    await expect(page).toHaveTitle(/^\(1\) /);
    seen.push(JSON.stringify(await shown(page)), await page.title(), page.url());
    const said = seen.map((text) => decodeURIComponent(text.replaceAll('+', ' ')).toLowerCase());
    for (const word of ['xylophone', ana.name, doctor.name]) {
        expect(said.filter((text) => text.includes(word.toLowerCase())), `“${word}” must stay out`).toEqual([]);
    }
});

test('notification shows sender and text when chosen', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { page } = await asDoctor(doctor, `${doctor.home}/notifications`, {
        before: (page) => fakeNotifications(page, { permission: 'granted' }),
    });
    await page.getByLabel('Show a notification').check();
    await page.getByLabel("Show the sender's name").check();
    await turnTaken(page);
    await ana.say(chat, 'One');
    await expect.poll(() => shown(page)).toMatchObject([{ title: 'New message', body: ana.name }]);
    await page.getByLabel('Show the text of the message').check();
    await ana.say(chat, 'Two');
    await expect.poll(() => shown(page)).toMatchObject([{}, { title: '2 new messages', body: `${ana.name}: Two` }]);
    await page.reload();
    await hydrated(page);
    await expect(page.getByLabel("Show the sender's name")).toBeChecked();
    await expect(page.getByLabel('Play a short, soft sound')).not.toBeChecked();
});

test('chat that is open in any tab is not notified', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient()];
    const [chat, other] = [await ana.initiate(doctor), await ben.initiate(doctor)];
    const how = allowed(doctor);
    const { page } = await asDoctor(doctor, doctor.home, { before: (page) => fakeNotifications(page, how) });
    await turnTaken(page);
    await page.evaluate((person) => {
        const isSaid = new Promise<void>((done) => {
            const tabs = new BroadcastChannel(`bedside:${person}`);
            tabs.onmessage = ({ data }) => /^looks \S+ \d+$/.test(data) && done();
        });
        Object.assign(window, { isSaid });
    }, doctor.id);
    const room = await anotherTab(page, doctor.room(chat), how);
    await expect(room.message).toBeVisible();
    // Waits until the other tab has reported its open chat.
    await page.evaluate(() => (window as unknown as { isSaid: Promise<void> }).isSaid);
    await ana.say(chat, 'One');
    await room.expectTexts('One');
    await ben.say(other, 'Hello');
    await expect.poll(() => shown(page)).toMatchObject([{ tag: String(other) }]);
    expect(await shown(room.page)).toEqual([]);
});

test('covered room notifies and reading elsewhere closes it', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { page } = await asDoctor(doctor, doctor.room(chat), {
        before: async (page) => {
            await fakeNotifications(page, allowed(doctor));
            // Playwright's pages always have the focus.
            await page.addInitScript(() => {
                Document.prototype.hasFocus = () => false;
            });
        },
    });
    await turnTaken(page);
    await ana.say(chat, 'Anybody?');
    await expect.poll(() => shown(page)).toMatchObject([{ title: 'New message', isClosed: false }]);
    const device = await asDoctor(doctor, doctor.room(chat));
    await device.expectTexts('Anybody?');
    await expect.poll(() => shown(page)).toMatchObject([{ isClosed: true }]);
});

test('click on a notification opens the chat', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const view = await asPatient(ana, ana.home, { before: (page) => fakeNotifications(page, allowed(ana)) });
    await turnTaken(view.page);
    await doctor.say(chat, 'Please come by');
    await expect.poll(() => titles(view.page)).toEqual(['New message']);
    await view.page.evaluate(() => {
        for (const made of window.notified.made) {
            made.onclick?.(new Event('click'));
        }
    });
    await expect(view.page).toHaveURL(ana.room(chat));
    await view.expectTexts('Please come by');
    await expect.poll(() => shown(view.page)).toMatchObject([{ isClosed: true }]);
});

test('sound is off until chosen and skips quick messages', async ({ clinic, asDoctor, guard }) => {
    // The machine may have no sound card.
    guard.expectTrouble(/AudioContext encountered an error/);
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { page } = await asDoctor(doctor, `${doctor.home}/notifications`, {
        before: (page) => fakeNotifications(page, allowed(doctor)),
    });
    const tones = () => page.evaluate(() => window.notified.tones);
    await turnTaken(page);
    await ana.say(chat, 'One');
    await expect.poll(() => titles(page)).toEqual(['New message']);
    expect(await tones()).toBe(0);
    await page.getByLabel('Play a short, soft sound').check();
    const began = Date.now();
    await ana.say(chat, 'Two', 'Three');
    await expect.poll(() => titles(page)).toEqual(['New message', '2 new messages', '3 new messages']);
    // One sound has two tones. After three seconds there may be another sound.
    const most = Date.now() - began < 3_000 ? 2 : 4;
    expect(await tones()).toBeGreaterThan(0);
    expect(await tones()).toBeLessThanOrEqual(most);
});

test('hint never asks by itself and stays away once declined', async ({ clinic, asPatient }) => {
    const ana = await clinic.patient();
    const view = await asPatient(ana, ana.home, { before: (page) => fakeNotifications(page, { permission: 'default' }) });
    const hint = view.page.getByRole('link', { name: 'Get notified about new messages' });
    await expect(hint).toBeVisible();
    await view.page.getByRole('button', { name: 'Not now' }).click();
    await expect(hint).toBeHidden();
    expect(await view.page.evaluate(() => window.notified.asked)).toBe(0);
    await view.page.reload();
    await hydrated(view.page);
    await expect(view.search).toBeVisible();
    await expect(hint).toBeHidden();
});

test('hint leads to the page that asks the browser on request', async ({ clinic, asPatient }) => {
    const ana = await clinic.patient();
    const { page } = await asPatient(ana, ana.home, { before: (page) => fakeNotifications(page, { permission: 'default' }) });
    await page.getByRole('link', { name: 'Get notified about new messages' }).click();
    await expect(page).toHaveURL(`${ana.home}/notifications`);
    await expect(page.getByText('You have not chosen yet')).toBeVisible();
    await page.getByRole('button', { name: 'Send a test notification' }).click();
    await expect(page.getByText('Notifications are not allowed yet.')).toBeVisible();
    expect(await page.evaluate(() => window.notified.asked)).toBe(0);
    await page.getByRole('button', { name: 'Allow notifications' }).click();
    await expect(page.getByText('Notifications are on.')).toBeVisible();
    await expect(page.getByLabel('Show a notification')).toBeChecked();
    await expect(page.getByRole('link', { name: 'Get notified about new messages' })).toBeHidden();
    await page.getByLabel('Show a notification').uncheck();
    await expect(page.getByText('they are turned off below')).toBeVisible();
});

const texts: [string, NotificationSetup, string, string][] = [
    ['that blocks notifications', { permission: 'denied' }, 'This browser blocks notifications. Here is how to allow them.', 'See above how to allow them.'],
    ['without notifications', { permission: 'unsupported' }, 'This browser does not support notifications.', 'This browser does not support notifications.'],
    ['at an insecure address', { permission: 'insecure' }, 'Browsers allow notifications only at secure addresses', 'Browsers allow notifications only at secure addresses'],
    ['that shows notifications', { permission: 'granted' }, 'This browser allows notifications', 'The browser showed the notification.'],
    ['that swallows notifications', { permission: 'granted', fate: 'swallowed' }, 'This browser allows notifications', 'The browser did not show the notification. “Do not disturb” may be on'],
    ['that refuses notifications', { permission: 'granted', fate: 'refused' }, 'This browser allows notifications', 'This browser does not let web pages show notifications.'],
];
for (const [name, how, state, result] of texts) {
    test(`self-test explains a browser ${name}`, async ({ clinic, asDoctor }) => {
        const doctor = await clinic.doctor();
        const before = async (page: Page) => {
            await page.clock.install();
            await fakeNotifications(page, how);
        };
        const { page } = await asDoctor(doctor, `${doctor.home}/notifications`, { before });
        const [found, tried] = [page.getByRole('main').getByRole('status').first(), page.getByRole('main').getByRole('status').last()];
        await expect(found).toContainText(state);
        await page.getByRole('button', { name: 'Send a test notification' }).click();
        if (how.fate === 'swallowed') {
            // The time that the page waits for the browser.
            await page.clock.runFor(5_000);
        }
        await expect(tried).toContainText(result);
    });
}

test('settings link the notifications page in Spanish', async ({ clinic, asDoctor }) => {
    const doctor = await clinic.doctor();
    const { page } = await asDoctor(doctor, doctor.home, {
        locale: 'es-ES',
        before: (page) => fakeNotifications(page, { permission: 'denied' }),
    });
    await accountButton(page).click();
    await page.getByRole('link', { name: 'Notificaciones' }).click();
    await expect(page.getByRole('heading', { name: 'Notificaciones' })).toBeVisible();
    await expect(page.getByText('Este navegador bloquea las notificaciones. Así puede permitirlas.')).toBeVisible();
    await expect(page.getByLabel('Idioma')).toBeHidden();
});
