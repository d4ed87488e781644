// Switching chats on a slow network: typed text goes to the chosen chat, and single keys do not act
// on the previous chat.
import type { Page } from '@playwright/test';
import { expect, test, type Person } from '../support/fixtures.ts';

/** Holds every room back. The returned function lets them through. */
async function holdRooms(page: Page): Promise<() => void> {
    let letGo = (): void => {};
    const held = new Promise<void>((done) => (letGo = done));
    await page.route('**/fn/room/open', async (route) => {
        await held;
        await route.continue();
    });
    return letGo;
}

/** Switches to a chat with the keyboard. */
async function switchTo(page: Page, name: string): Promise<void> {
    await page.keyboard.press('Control+k');
    const switcher = page.getByRole('dialog', { name: 'Switch to a chat' });
    await switcher.getByRole('searchbox').fill(name);
    await expect(switcher.getByRole('button', { name })).toHaveCount(1);
    await page.keyboard.press('Enter');
    await expect(switcher).toBeHidden();
}

async function turn(doctor: Person, chat: number): Promise<string> {
    const answer = await doctor.api.get(`/api/chats/${chat}`);
    return ((await answer.json()) as { standing: { brief: { turn: string } } }).standing.brief.turn;
}

test('keys typed after a switch go to the chosen chat', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient(`Ben ${clinic.word()}`)];
    const [anas, bens] = [await ana.initiate(doctor), await ben.initiate(doctor)];
    await ana.say(anas, 'Is it serious?');
    await ben.say(bens, 'Can I eat?');
    const room = await asDoctor(doctor, doctor.room(anas));
    const { page } = room;
    await room.log.click();
    const letGo = await holdRooms(page);
    await switchTo(page, ben.name);
    // As shortcuts, `e` marks a chat as done, `?` opens a dialog, and Enter sends.
    await page.keyboard.type('eat? eel');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog')).toBeHidden();
    await expect(page.locator('.room')).toHaveCount(0);
    letGo();
    await expect(page.getByRole('heading', { name: ben.name })).toBeVisible();
    await expect(room.message).toHaveValue('eat? ee');
    await expect(room.message).toBeFocused();
    await page.keyboard.type('ls');
    await expect(room.message).toHaveValue('eat? eels');
    await room.expectTexts('Can I eat?');
    expect(await turn(doctor, anas)).toBe('doctor');
    expect(await turn(doctor, bens)).toBe('doctor');
    await page.keyboard.press('Enter');
    await room.expectTexts('Can I eat?', 'eat? eels');
    await room.expectAllSent();
    expect(await ana.messages(anas)).toHaveLength(1);
});

test('text typed ahead is appended to the draft and kept', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient(`Ben ${clinic.word()}`)];
    const [anas, bens] = [await ana.initiate(doctor), await ben.initiate(doctor)];
    const room = await asDoctor(doctor, doctor.room(bens));
    const { page } = room;
    await room.message.fill('Half a');
    await switchTo(page, ana.name);
    await expect(page).toHaveURL(new RegExp(`/doctor/chat/${anas}$`));
    await expect(room.message).toBeFocused();
    await expect(room.message).toHaveValue('');
    const letGo = await holdRooms(page);
    await switchTo(page, ben.name);
    await page.keyboard.type(' sentence');
    // Switches to the other chat before the first has loaded.
    await switchTo(page, ana.name);
    await page.keyboard.type('For Ana');
    letGo();
    await expect(page.getByRole('heading', { name: ana.name })).toBeVisible();
    await expect(room.message).toHaveValue('For Ana');
    await switchTo(page, ben.name);
    await expect(room.message).toHaveValue('Half a sentence');
    expect(await ana.messages(anas)).toHaveLength(0);
});

test('switching to the open chat focuses its field', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Is it serious?');
    const room = await asDoctor(doctor, doctor.room(chat));
    await room.log.click();
    await switchTo(room.page, ana.name);
    await expect(room.message).toBeFocused();
    await room.page.keyboard.type('he is');
    await expect(room.message).toHaveValue('he is');
    expect(await turn(doctor, chat)).toBe('doctor');
});

test('switch does not interrupt an open composition', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient(`Ben ${clinic.word()}`)];
    const [anas, bens] = [await ana.initiate(doctor), await ben.initiate(doctor)];
    const room = await asDoctor(doctor, doctor.room(bens));
    const { page } = room;
    const letGo = await holdRooms(page);
    await switchTo(page, ana.name);
    const ahead = page.locator('#typed-ahead');
    await expect(ahead).toBeFocused();
    await ahead.dispatchEvent('compositionstart');
    await page.keyboard.type('nihon');
    letGo();
    await expect(page.getByRole('heading', { name: ana.name })).toBeVisible();
    await expect(ahead).toBeFocused();
    await ahead.dispatchEvent('compositionend');
    await expect(room.message).toBeFocused();
    await expect(room.message).toHaveValue('nihon');
    expect(await ana.messages(anas)).toHaveLength(0);
});

test('single keys act only on the visible, focused chat', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient(`Ben ${clinic.word()}`)];
    const [anas, bens] = [await ana.initiate(doctor), await ben.initiate(doctor)];
    await ana.say(anas, 'Is it serious?');
    await ben.say(bens, 'Can I eat?');
    const room = await asDoctor(doctor, doctor.room(anas));
    const { page } = room;
    await expect(page.getByRole('button', { name: 'No reply needed' })).toBeVisible();
    const acts: string[] = [];
    page.on('request', (request) => {
        if (request.url().endsWith('/fn/chat/act')) {
            acts.push(request.postData() ?? '');
        }
    });
    // No element has the focus.
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true);
    await page.keyboard.type('e?');
    const letGo = await holdRooms(page);
    await room.row(ben.name).click();
    await expect(page.locator('.skeleton-room')).toBeVisible();
    await page.keyboard.type('e?');
    await expect(page.getByRole('dialog')).toBeHidden();
    letGo();
    await room.expectTexts('Can I eat?');
    expect(acts).toEqual([]);
    // After a click into the visible room, it is a shortcut.
    await room.log.click();
    await page.keyboard.press('e');
    await expect(page.getByText('Marked as done')).toBeVisible();
    expect(await turn(doctor, bens)).toBe('done');
    expect(await turn(doctor, anas)).toBe('doctor');
    expect(acts).toHaveLength(1);
});
