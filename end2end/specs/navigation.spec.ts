// The address identifies the page: reload, deep links, Back and Forward, new tabs, unknown pages.
import { EntryPage, ChatPage, PatientPage } from '../support/pages.ts';
import { expect, hydrated, test } from '../support/fixtures.ts';

test('reload stays in the room with its messages', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'One');
    const room = await asPatient(ana, ana.room(chat));
    await room.page.reload();
    await hydrated(room.page);
    await expect(room.page).toHaveURL(ana.room(chat));
    await room.expectTexts('One');
    await room.send('Two');
    await room.expectTexts('One', 'Two');
});

test('Back and Forward move between list and rooms', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient()];
    const [first, second] = [await ana.initiate(doctor), await ben.initiate(doctor)];
    await ana.say(first, 'From Ana');
    await ben.say(second, 'From Ben');
    const view = await asDoctor(doctor);
    await view.row(ana.name).click();
    await expect(view.page).toHaveURL(doctor.room(first));
    await view.expectTexts('From Ana');
    await view.page.goBack();
    await expect(view.page).toHaveURL(doctor.home);
    await expect(view.log).toBeHidden();
    await view.row(ben.name).click();
    await view.expectTexts('From Ben');
    await view.page.goBack();
    await view.page.goForward();
    await expect(view.page).toHaveURL(doctor.room(second));
    await view.expectTexts('From Ben');
    // The page was not reloaded: new messages still arrive live.
    await ben.say(second, 'Again');
    await view.expectTexts('From Ben', 'Again');
});

test('each room shows its own messages after a switch', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient()];
    const [first, second] = [await ana.initiate(doctor), await ben.initiate(doctor)];
    await ana.say(first, 'From Ana');
    await ben.say(second, 'From Ben');
    const view = await asDoctor(doctor, doctor.room(first));
    await view.expectTexts('From Ana');
    await view.row(ben.name).click();
    await expect(view.page).toHaveURL(doctor.room(second));
    await view.expectTexts('From Ben');
    await expect(view.page.getByRole('heading', { level: 1, name: ben.name })).toBeVisible();
    await view.send('To Ben');
    await view.expectTexts('From Ben', 'To Ben');
    expect(await ana.messages(first)).toHaveLength(1);
});

test('chat opens in a new tab', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'One');
    const home = await asPatient(ana);
    await expect(home.row(doctor.name)).toHaveAttribute('href', ana.room(chat));
    const opened = home.page.context().waitForEvent('page');
    await home.row(doctor.name).click({ modifiers: ['ControlOrMeta'] });
    const tab = new ChatPage(await opened);
    await hydrated(tab.page);
    await expect(tab.page).toHaveURL(ana.room(chat));
    await tab.expectTexts('One');
    await expect(home.page).toHaveURL(ana.home);
});

test('wide screen shows two panes, phone one with a way back', { tag: '@phone' }, async ({ clinic, asPatient, isPhone }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const view = await asPatient(ana);
    await expect(view.chats).toBeVisible();
    await expect(view.search).toBeVisible();
    await view.row(doctor.name).click();
    await expect(view.page).toHaveURL(ana.room(chat));
    await expect(view.message).toBeVisible();
    if (isPhone) {
        await expect(view.chats).toBeHidden();
        await view.backToChats.click();
        await expect(view.page).toHaveURL(ana.home);
        await expect(view.chats).toBeVisible();
        await expect(view.message).toBeHidden();
    } else {
        await expect(view.chats).toBeVisible();
        await expect(view.backToChats).toBeHidden();
        await expect(view.row(doctor.name)).toHaveAttribute('aria-current', 'page');
    }
});

test('page is never wider than its screen', { tag: '@phone' }, async ({ page, clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, `${'w'.repeat(600)} https://example.org/${'a'.repeat(400)}`);
    const views = [page];
    await page.goto('/sign-in');
    for (const path of [ana.home, ana.room(chat)]) {
        views.push((await asPatient(ana, path)).page);
    }
    for (const view of views) {
        const [width, screen] = await view.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
        expect(width, view.url()).toBeLessThanOrEqual(screen ?? 0);
    }
});

test('unknown page answers 404 and leads home', async ({ page, clinic, asPatient, guard }) => {
    guard.expectStatus(404, '/nowhere');
    guard.expectStatus(404, '/patient/nowhere');
    const strangers = await page.goto('/nowhere');
    expect(strangers?.status()).toBe(404);
    await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible();
    const view = await asPatient(await clinic.patient());
    const answer = await view.page.goto('/patient/nowhere');
    expect(answer?.status()).toBe(404);
    await hydrated(view.page);
    await expect(view.page.getByRole('heading', { name: 'Page not found' })).toBeVisible();
    await view.page.getByRole('link', { name: 'Go to the home page' }).click();
    await expect(view.page).toHaveURL('/patient');
    await expect(view.search).toBeVisible();
});

test('deep link leads a stranger to sign-in and then the chat', async ({ page, clinic }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Still here');
    await page.goto(ana.room(chat));
    await expect(page).toHaveURL(/\/sign-in\?next=/);
    await hydrated(page);
    await new EntryPage(page).signIn(ana.email, ana.password);
    await expect(page).toHaveURL(ana.room(chat));
    await new PatientPage(page).expectTexts('Still here');
});

test('composer stays above the keyboard of a small phone', { tag: '@phone-only' }, async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, ...Array.from({ length: 20 }, (_, index) => `Line ${index + 1}`));
    const [height, keyboard] = [568, 260];
    const room = await asPatient(ana, ana.room(chat), {
        viewport: { width: 320, height },
        before: async (page) => {
            // A browser that ignores the keyboard in the layout and reports the visible height.
            await page.addInitScript((whole) => {
                const seen = Object.assign(new EventTarget(), { height: whole, scale: 1 });
                Object.defineProperty(window, 'visualViewport', { value: seen });
            }, height);
        },
    });
    await room.message.focus();
    const resize = (seen: number) =>
        room.page.evaluate((seen) => {
            Object.assign(window.visualViewport as object, { height: seen });
            window.visualViewport?.dispatchEvent(new Event('resize'));
        }, seen);
    await resize(height - keyboard);
    for (const part of [room.message, room.sendButton, room.bubble('Line 20')]) {
        await expect(part).toBeVisible();
        const box = await part.boundingBox();
        expect((box?.y ?? 0) + (box?.height ?? height)).toBeLessThanOrEqual(height - keyboard);
        expect(box?.x ?? -1).toBeGreaterThanOrEqual(0);
        expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(320);
    }
    await room.send('Typed above the keyboard');
    await expect(room.bubble('Typed above the keyboard')).toBeInViewport();
    await resize(height);
    const box = await room.message.boundingBox();
    expect(box?.y ?? 0, 'back at the bottom').toBeGreaterThan(height - 100);
});

test('composer fits when the browser shrinks for the keyboard', { tag: '@phone-only' }, async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'One', 'Two');
    const room = await asPatient(ana, ana.room(chat), { viewport: { width: 320, height: 308 } });
    await room.send('Three');
    for (const part of [room.message, room.sendButton, room.bubble('Three')]) {
        await expect(part).toBeInViewport({ ratio: 1 });
    }
});

test('Ctrl+K finds any chat and arrows move through the results', { tag: '@slow' }, async ({ clinic, asDoctor }) => {
    test.slow();
    const doctor = await clinic.doctor();
    const first = await clinic.patient('Zoë Müller');
    await first.initiate(doctor);
    // More chats than the first page of the list.
    for (let count = 0; count < 52; count += 1) {
        const patient = await clinic.patient();
        await patient.initiate(doctor);
    }
    const home = await asDoctor(doctor);
    await expect(home.row(first.name)).toHaveCount(0);
    await home.page.keyboard.press('Control+k');
    const dialog = home.page.getByRole('dialog');
    await dialog.getByRole('searchbox').fill('zoe mul');
    await expect(dialog.getByRole('button', { name: first.name })).toBeVisible();
    await home.page.keyboard.press('ArrowDown');
    await expect(dialog.getByRole('button', { name: first.name })).toBeFocused();
    await home.page.keyboard.press('ArrowUp');
    await expect(dialog.getByRole('searchbox')).toBeFocused();
    await home.page.keyboard.press('Enter');
    await expect(home.page.getByRole('heading', { name: first.name })).toBeVisible();
});
