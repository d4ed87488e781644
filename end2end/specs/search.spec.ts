// Search for messages in one chat or in all chats. A result leads to the message in its chat.
import type { Route } from '@playwright/test';
import { expect, hydrated, test } from '../support/fixtures.ts';

test('search finds messages in all chats and leads to them', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient('Ben Ode')];
    const [anas, bens] = [await ana.initiate(doctor), await ben.initiate(doctor)];
    await ana.say(anas, 'Since Monday I have a Rásh on my arm');
    // The match is further back than the first page of the room.
    await ana.say(anas, ...Array.from({ length: 60 }, (_, index) => `Also ${index + 1}`));
    await ben.say(bens, 'No rash, but a cough');
    const page = (await asDoctor(doctor)).page;
    await page.getByRole('button', { name: 'Search messages' }).click();
    const dialog = page.getByRole('dialog', { name: 'Search messages' });
    await expect(dialog.getByLabel('Search for')).toBeFocused();
    await page.keyboard.type('rash');
    const hits = dialog.getByRole('list').getByRole('link');
    await expect(hits).toHaveText([/Ben.*No rash, but a cough/s, /Ana.*Since Monday I have a Rásh on my arm/s]);
    await expect(hits.nth(1).locator('mark')).toHaveText('Rásh');
    await expect(dialog.getByRole('status')).toHaveText('2 messages found');
    expect(page.url()).not.toContain('rash');
    await hits.nth(1).click();
    await expect(dialog).toBeHidden();
    await expect(page).toHaveURL(new RegExp(`/doctor/chat/${anas}$`));
    const message = page.getByRole('log').getByText('Since Monday I have a Rásh on my arm');
    await expect(message).toBeInViewport();
    await expect(page.getByText('Also 1', { exact: true })).toBeInViewport();
});

test('search in one chat says when nothing matches', async ({ clinic, asDoctor }) => {
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient()];
    const [anas, bens] = [await ana.initiate(doctor), await ben.initiate(doctor)];
    await ana.say(anas, 'Tablets at noon');
    await ben.say(bens, 'Tablets at night');
    const room = await asDoctor(doctor, doctor.room(anas));
    const page = room.page;
    await page.getByRole('button', { name: 'Search this chat' }).click();
    const dialog = page.getByRole('dialog');
    const hits = dialog.getByRole('list').getByRole('link');
    await dialog.getByLabel('Search for').fill('tabl');
    await expect(hits).toHaveText([/Tablets at noon/]);
    await dialog.getByLabel(`Only with ${ana.name}`).uncheck();
    await expect(hits).toHaveText([/Tablets at night/, /Tablets at noon/]);
    await dialog.getByLabel('Search for').fill('tablespoon');
    await expect(dialog.getByRole('status')).toHaveText('No results');
    await expect(hits).toHaveCount(0);
    // The browser's behaviour: the first Escape empties the field, the second closes the dialog.
    await page.keyboard.press('Escape');
    await expect(dialog.getByLabel('Search for')).toHaveValue('');
    await expect(dialog.getByText('No results')).toBeHidden();
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(page.getByRole('button', { name: 'Search this chat' })).toBeFocused();
});

test('unsent message leaves the results at once', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Tablets at noon', 'Tablets at night');
    const { page } = await asDoctor(doctor);
    await page.getByRole('button', { name: 'Search messages' }).click();
    const dialog = page.getByRole('dialog');
    const hits = dialog.getByRole('list').getByRole('link');
    await dialog.getByLabel('Search for').fill('tablets');
    await expect(hits).toHaveText([/Tablets at night/, /Tablets at noon/]);
    expect((await ana.api.post(`/api/chats/${chat}/messages/1/retract`, { data: {} })).status()).toBe(200);
    await expect(hits).toHaveText([/Tablets at night/]);
    await expect(page.getByText('Tablets at noon')).toHaveCount(0);
});

test('message unsent during a search is not shown', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Tablets at noon', 'Tablets at night');
    const home = await asDoctor(doctor);
    const { page } = home;
    let [read, answer, arrive] = [() => {}, () => {}, () => {}];
    const isRead = new Promise<void>((done) => (read = done));
    const isAnswered = new Promise<void>((done) => (answer = done));
    const hasArrived = new Promise<void>((done) => (arrive = done));
    const late = async (route: Route) => {
        const response = await route.fetch();
        read();
        await isAnswered;
        await route.fulfill({ response });
        arrive();
    };
    await page.route('**/fn/message/search', late, { times: 1 });
    await page.getByRole('button', { name: 'Search messages' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Search for').fill('tablets');
    await isRead;
    expect((await ana.api.post(`/api/chats/${chat}/messages/2/retract`, { data: {} })).status()).toBe(200);
    // The page has received the change.
    await expect(home.row(ana.name)).not.toContainText('Tablets at night');
    answer();
    await hasArrived;
    await expect(dialog.getByRole('list').getByRole('link')).toHaveText([/Tablets at noon/]);
    await expect(page.getByText('Tablets at night')).toHaveCount(0);
});

test('search result opens in a tab of its own', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'The very first', ...Array.from({ length: 60 }, (_, index) => `Line ${index + 1}`));
    const { page } = await asPatient(ana);
    await page.keyboard.press('Control+Shift+F');
    await page.getByLabel('Search for').fill('very first');
    const href = await page.getByRole('dialog').getByRole('link').getAttribute('href');
    await page.goto(href ?? '');
    await hydrated(page);
    await expect(page.getByRole('log').getByText('The very first')).toBeInViewport();
});
