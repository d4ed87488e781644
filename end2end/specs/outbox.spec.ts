// Typed text survives reloads, crashed tabs, several tabs and ended sessions. Sign-out removes it.
import type { Page } from '@playwright/test';
import { expect, hydrated, test } from '../support/fixtures.ts';
import { ChatPage, EntryPage } from '../support/pages.ts';
import { Proxy, SocketTap, tapped } from '../support/socket.ts';

/** Opens another tab in the same browser. */
async function secondTab(page: Page, path: string, before?: (page: Page) => Promise<void>): Promise<ChatPage> {
    const tab = await page.context().newPage();
    await before?.(tab);
    await tab.goto(path);
    await hydrated(tab);
    return new ChatPage(tab);
}

/** The entries of Bedside in local storage. */
function kept(page: Page): Promise<Record<string, string>> {
    return page.evaluate(() => Object.fromEntries(Object.entries({ ...localStorage }).filter(([key]) => key.startsWith('bedside:'))));
}

test('pending messages survive a reload and are sent once', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const proxy = new Proxy();
    const room = await asPatient(ana, ana.room(chat), { before: proxy.before });
    await room.send('Do not lose me');
    await room.send('Me neither');
    await expect(room.log.getByText('Sending…')).toHaveCount(2);
    await room.page.reload();
    await hydrated(room.page);
    await room.expectTexts('Do not lose me', 'Me neither');
    expect(await doctor.messages(chat)).toHaveLength(0);
    proxy.isOpen = true;
    await room.page.reload();
    await room.expectTexts('Do not lose me', 'Me neither');
    await room.expectAllSent();
    expect((await doctor.messages(chat)).map((message) => message.content)).toEqual(['Do not lose me', 'Me neither']);
    expect(await kept(room.page)).toEqual({});
});

test('crashed tab loses nothing', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const proxy = new Proxy();
    const room = await asPatient(ana, ana.room(chat), { before: proxy.before });
    await room.send('Sent just before the crash');
    await expect(room.log.getByText('Sending…')).toBeVisible();
    await room.message.fill('Half a tho');
    const crashed = room.page.waitForEvent('crash');
    const devtools = await room.page.context().newCDPSession(room.page);
    void devtools.send('Page.crash').catch(() => undefined);
    await crashed;
    proxy.isOpen = true;
    const again = await secondTab(room.page, ana.room(chat));
    await expect(again.message).toHaveValue('Half a tho');
    await again.expectTexts('Sent just before the crash');
    await again.expectAllSent();
    expect(await doctor.messages(chat)).toHaveLength(1);
});

test('draft survives a reload and a visit to another chat', async ({ clinic, asPatient }) => {
    const [doctor, other, ana] = [await clinic.doctor(), await clinic.doctor(), await clinic.patient()];
    const [chat, second] = [await ana.initiate(doctor), await ana.initiate(other)];
    const room = await asPatient(ana, ana.room(chat));
    await room.message.fill('Half a tho');
    await room.row(other.name).click();
    await expect(room.page).toHaveURL(ana.room(second));
    await expect(room.page.getByRole('heading', { level: 1, name: other.name })).toBeVisible();
    await expect(room.message).toHaveValue('');
    await room.page.goto(ana.room(chat));
    await hydrated(room.page);
    await expect(room.message).toHaveValue('Half a tho');
    await room.message.fill('');
    await room.page.reload();
    await hydrated(room.page);
    await expect(room.message).toHaveValue('');
});

test('two tabs share one outbox and only one sends', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const taps: SocketTap[] = [];
    const collect = async (page: Page) => void taps.push(await SocketTap.on(page));
    const one = await asPatient(ana, ana.room(chat), { before: collect });
    const two = await secondTab(one.page, ana.room(chat), collect);
    taps[0]?.lose();
    await one.send('From the first tab');
    await expect(two.log.getByText('Sending…')).toBeVisible();
    await two.expectTexts('From the first tab');
    // The first tab closes. The second tab takes over at once.
    await one.page.close();
    await two.expectAllSent();
    await two.expectTexts('From the first tab');
    expect(taps.map((tap) => tap.count('send'))).toEqual([1, 1]);
    expect(await doctor.messages(chat)).toHaveLength(1);

    const three = await secondTab(two.page, ana.room(chat), collect);
    await two.send('From the second tab');
    await two.expectAllSent();
    await three.expectTexts('From the first tab', 'From the second tab');
    await three.expectAllSent();
    expect(taps[2]?.count('send')).toBe(0);
});

test('ended session asks to sign in and keeps what was typed', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { before, tap } = tapped();
    const room = await asPatient(ana, ana.room(chat), { before });
    await ana.say(chat, 'Live');
    await room.expectTexts('Live');
    tap().lose();
    await room.send('Written before it ended');
    await expect(room.log.getByText('Sending…')).toBeVisible();
    await ana.api.delete('/api/session');
    await expect(room.page.getByText('You have been signed out.')).toBeVisible();
    await room.message.fill('Typed after it ended');
    tap().find();
    await room.page.getByRole('link', { name: 'Sign in again' }).click();
    await hydrated(room.page);
    await new EntryPage(room.page).signIn(ana.email, ana.password);
    // The sign-in leads back to the same chat.
    await expect(room.page).toHaveURL(ana.room(chat));
    await hydrated(room.page);
    await expect(room.message).toHaveValue('Typed after it ended');
    await room.expectTexts('Live', 'Written before it ended');
    await room.expectAllSent();
});

test('browser storage is unreadable and cleared at sign-out', async ({ clinic, asPatient, browse }) => {
    const [doctor, ana, eve] = [await clinic.doctor(), await clinic.patient(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const proxy = new Proxy();
    const room = await asPatient(ana, ana.room(chat), { before: proxy.before });
    await room.send('pendingcanary');
    await room.message.fill('draftcanary');
    await expect.poll(async () => Object.keys(await kept(room.page)).length).toBe(2);
    const store = JSON.stringify(await kept(room.page));
    for (const secret of ['canary', ana.name, ana.email, doctor.name]) {
        expect(store).not.toContain(secret);
    }

    // Another user in the same browser.
    const context = await browse({ storageState: await eve.api.storageState() });
    await context.addInitScript((entries) => {
        for (const [key, value] of location.protocol.startsWith('http') ? Object.entries(entries) : []) {
            localStorage.setItem(key, value);
        }
    }, await kept(room.page));
    const page = await context.newPage();
    await page.goto(eve.home);
    await hydrated(page);
    await expect(page.getByText('canary')).toHaveCount(0);

    // Sign-out asks first because it would discard messages.
    const asked = room.page.waitForEvent('dialog');
    const clicked = room.signOut();
    await (await asked).dismiss();
    await clicked;
    expect(Object.keys(await kept(room.page))).toHaveLength(2);
    room.page.once('dialog', (dialog) => void dialog.accept());
    await room.signOut();
    await expect(room.page).toHaveURL('/sign-in');
    expect(await kept(room.page)).toEqual({});
});

test('outdated page asks to reload and keeps what was typed', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    let isOther = true;
    const room = await asPatient(ana, ana.room(chat), {
        before: async (page) => {
            await page.routeWebSocket(/\/ws$/, (socket) => {
                const server = socket.connectToServer();
                server.onMessage((data) => {
                    const text = String(data);
                    socket.send(isOther ? text.replace(/"protocol":\d+/, '"protocol":99') : text);
                });
            });
        },
    });
    const note = room.page.getByText('Bedside has been updated.');
    await expect(note).toBeVisible();
    await room.send('Still mine');
    await room.message.fill('And this');
    isOther = false;
    await room.page.getByRole('link', { name: 'Reload the page' }).click();
    await room.expectTexts('Still mine');
    await room.expectAllSent();
    await expect(room.message).toHaveValue('And this');
    await expect(note).toHaveCount(0);
});
