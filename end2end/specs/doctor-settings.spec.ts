// A doctor's settings (office hours, time away, new patients) and what patients see of them.
import type { Page } from '@playwright/test';
import { expectAccessible } from '../support/axe.ts';
import { expect, hydrated, test } from '../support/fixtures.ts';

const SETTINGS = '/doctor/settings';

async function save(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Save', exact: true }).click();
}

const saved = (page: Page) => page.getByRole('status').filter({ hasText: 'Saved' });

test('doctor fills in the week and sees it after a reload', async ({ clinic, asDoctor }) => {
    const doctor = await clinic.doctor();
    const { page, account } = await asDoctor(doctor);
    await account.click();
    await page.getByRole('link', { name: 'Your settings' }).first().click();
    await expect(page.getByRole('heading', { name: 'Your settings' })).toBeVisible();
    await expectAccessible(page, 'settings of a doctor');
    await page.getByLabel('Monday, opens', { exact: true }).fill('08:00');
    await page.getByLabel('Monday, closes', { exact: true }).fill('12:00');
    await page.getByLabel('Monday, opens again').fill('13:30');
    await page.getByLabel('Monday, closes again').fill('17:00');
    await page.getByRole('button', { name: 'Copy Monday to Tue–Fri' }).click();
    await expect(page.getByLabel('Friday, opens again')).toHaveValue('13:30');
    await expect(page.getByLabel('Saturday, opens', { exact: true })).toHaveValue('');
    await page.getByLabel('Time zone').fill('europe/berlin');
    await save(page);
    await expect(saved(page)).toBeVisible();
    await page.reload();
    await hydrated(page);
    await expect(page.getByText('Monday–Friday')).toBeVisible();
    await expect(page.getByText('08:00–12:00, 13:30–17:00')).toBeVisible();
    await page.getByText('Edit office hours').click();
    await expect(page.getByLabel('Wednesday, closes', { exact: true })).toHaveValue('12:00');
    await expect(page.getByLabel('Time zone')).toHaveValue('Europe/Berlin');
    await expect(page.getByRole('switch', { name: 'Accept new patients' })).toBeChecked();
    const answer = await doctor.api.get('/api/doctor/settings');
    expect(((await answer.json()) as { hours: unknown[] }).hours).toHaveLength(10);
});

test('wrong setting is explained at its field, which has focus', async ({ clinic, asDoctor }) => {
    const { page } = await asDoctor(await clinic.doctor(), SETTINGS);
    await page.getByLabel('Tuesday, opens', { exact: true }).fill('12:00');
    await page.getByLabel('Tuesday, closes', { exact: true }).fill('08:00');
    await page.getByLabel('Time zone').fill('Berlin');
    await page.getByLabel('Away from').fill('2026-12-24T08:00');
    await save(page);
    await expect(page.getByText('This must be later than the opening time.')).toBeVisible();
    await expect(page.getByText('There is no such time zone.')).toBeVisible();
    await expect(page.getByText('Please fill in this field.')).toBeVisible();
    await expect(page.getByLabel('Tuesday, closes', { exact: true })).toBeFocused();
    await expect(page.getByLabel('Tuesday, closes', { exact: true })).toHaveAccessibleDescription(
        'This must be later than the opening time.',
    );
    await expect(saved(page)).toHaveCount(0);
    await expectAccessible(page, 'settings of a doctor, refused');
    await page.getByLabel('Tuesday, closes', { exact: true }).fill('16:00');
    await page.getByLabel('Time zone').fill('');
    await page.getByLabel('Away from').fill('');
    await save(page);
    await expect(saved(page)).toBeVisible();
    await expect(page.getByText('There is no such time zone.')).toBeHidden();
    // A later change removes the "Saved" notice.
    await page.getByLabel('Tuesday, closes', { exact: true }).fill('17:00');
    await expect(saved(page)).toHaveCount(0);
});

test('patient sees that the doctor is away and gets one reply', async ({ clinic, asDoctor, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { page } = await asDoctor(doctor, SETTINGS);
    await page.getByLabel('Away from').fill('2020-01-01T08:00');
    await page.getByLabel('Away until').fill('2099-01-01T08:00');
    await page.getByLabel('Note to patients').fill('Dr. Lin is here for me.');
    await save(page);
    await expect(saved(page)).toBeVisible();

    const view = await asPatient(ana);
    await view.search.fill(doctor.name);
    const card = view.page.getByRole('listitem').filter({ has: view.chatWith(doctor.name) });
    await expect(card).toContainText('Currently away');
    await expect(card).toContainText('Dr. Lin is here for me.');
    await view.page.goto(ana.room(chat));
    await hydrated(view.page);
    await view.send('Good morning');
    await expect(view.log).toContainText('Your doctor is not available right now.');
    await expect(view.log).toContainText('Dr. Lin is here for me.');
    await view.send('Never mind');
    await view.expectAllSent();
    const contents = (await ana.messages(chat)).map((message) => message.content);
    expect(contents.filter((content) => content.includes('Dr. Lin'))).toHaveLength(1);
    expect(contents.at(-1)).toBe('Never mind');
});

test('automatic reply is never shown as written by the doctor', async ({ clinic, asDoctor, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const answer = await doctor.api.put('/api/doctor/settings', {
        data: { acceptingChats: true, away: { from: '2020-01-01T08:00:00Z', until: '2099-01-01T08:00:00Z', note: '' } },
    });
    expect(answer.status()).toBe(200);
    await doctor.say(chat, 'Welcome');
    await ana.say(chat, 'Good morning');
    await expect.poll(async () => (await ana.messages(chat)).length).toBe(3);
    const home = await asDoctor(doctor);
    // The row shows the question, not the automatic reply.
    await expect(home.row(ana.name)).toContainText('Good morning');
    await expect(home.row(ana.name)).not.toContainText('Automatic reply');
    const view = await asPatient(ana, ana.home);
    await expect(view.row(doctor.name)).toContainText('Automatic reply: Your doctor is not available right now.');
    // In the room, the label "Automatic reply" replaces the name.
    const room = await asDoctor(doctor, doctor.room(chat));
    const notice = room.log.locator('.message').filter({ hasText: 'Your doctor is not available right now.' });
    await expect(notice.getByText('You: ')).toHaveCount(0);
    await expect(notice).toContainText('Automatic reply');
    // The doctor can unsend it but cannot correct it.
    await notice.getByRole('button', { name: 'Message options' }).click();
    await expect(room.options.getByRole('button', { name: 'Unsend' })).toBeVisible();
    await expect(room.options.getByRole('button', { name: 'Correct' })).toHaveCount(0);
    await room.page.keyboard.press('Escape');
    await room.message.press('ArrowUp');
    await expect(room.message).toHaveValue('Welcome');
});

test('open room shows when the doctor goes away', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Good morning');
    const view = await asPatient(ana, ana.room(chat));
    const line = view.page.getByText(`In ${doctor.name}'s inbox since`);
    await expect(line).toBeVisible();
    await expect(line).not.toContainText('back');
    const until = new Date(Date.now() + 2 * 24 * 3_600_000).toISOString();
    const answer = await doctor.api.put('/api/doctor/settings', {
        data: { acceptingChats: true, away: { from: '2020-01-01T08:00:00Z', until, note: '' } },
    });
    expect(answer.status()).toBe(200);
    await expect(line).toContainText('back');
});

test('patient sees that a doctor accepts no new patients', async ({ clinic, asDoctor, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const { page } = await asDoctor(doctor, SETTINGS);
    const accepts = page.getByRole('switch', { name: 'Accept new patients' });
    await expect(accepts).toBeChecked();
    await accepts.uncheck();
    await save(page);
    await expect(saved(page)).toBeVisible();
    const view = await asPatient(ana);
    await view.search.fill(doctor.name);
    await expect(view.page.getByText('Not accepting new patients right now')).toBeVisible();
});

for (const width of [390, 1280]) {
    test(`settings fit at ${width} px`, async ({ clinic, asDoctor }) => {
        const { page } = await asDoctor(await clinic.doctor(), SETTINGS, { viewport: { width, height: 844 } });
        await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeVisible();
        const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
        expect(isTooWide).toBe(false);
        await expect(page.getByRole('link', { name: 'Back to chats' })).toBeVisible();
    });
}
