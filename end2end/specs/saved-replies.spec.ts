// Saved replies: a doctor inserts one into the composer. Choosing one does not send it.
import { expectAccessible } from '../support/axe.ts';
import { expect, hydrated, test, type Person } from '../support/fixtures.ts';

async function keep(person: Person, title: string, content: string): Promise<void> {
    const answer = await person.api.post('/api/saved-replies', { data: { title, content } });
    expect(answer.status()).toBe(201);
}

test('doctor inserts a reply with the keyboard and sends it', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await keep(doctor, 'Fasting', 'Good morning, {patient}. Please eat nothing before the test.');
    await keep(doctor, 'Presión', 'Mida su presión cada mañana, {patient}.');
    await keep(doctor, 'Results', 'Your results are normal.');
    const room = await asDoctor(doctor, doctor.room(chat));
    const { page } = room;
    const list = page.getByRole('listbox', { name: 'Saved replies' });
    const options = list.getByRole('option');
    await room.message.pressSequentially('/');
    await expect(options).toHaveText([/^Fasting/, /^Presión/, /^Results/]);
    await expect(options.first()).toHaveAttribute('aria-selected', 'true');
    await expectAccessible(page, 'the list of saved replies');
    await page.keyboard.press('ArrowUp');
    await expect(options.last()).toHaveAttribute('aria-selected', 'true');
    const meant = (await room.message.getAttribute('aria-activedescendant')) ?? '';
    await expect(options.last()).toHaveId(meant);
    // Finds a reply by its text, too, without accents.
    await room.message.pressSequentially('presion manana');
    await expect(options).toHaveText([/^Presión/]);
    await page.keyboard.press('Enter');
    await expect(list).toBeHidden();
    await expect(room.message).toHaveValue(`Mida su presión cada mañana, ${ana.name}.`);
    await expect(room.message).toBeFocused();
    await page.keyboard.type(' Gracias');
    await expect(room.message).toHaveValue(`Mida su presión cada mañana, ${ana.name}. Gracias`);
    await expect(room.texts).toHaveCount(0);
    await page.keyboard.press('Enter');
    await room.expectTexts(`Mida su presión cada mañana, ${ana.name}. Gracias`);
    // Tab also chooses.
    await room.message.pressSequentially('/fast');
    await expect(options).toHaveText([/^Fasting/]);
    await page.keyboard.press('Tab');
    await expect(room.message).toHaveValue(`Good morning, ${ana.name}. Please eat nothing before the test.`);
});

test('Escape closes the list and a slash elsewhere is text', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await keep(doctor, 'Results', 'Your results are normal.');
    const room = await asDoctor(doctor, doctor.room(chat));
    const list = room.page.getByRole('listbox', { name: 'Saved replies' });
    await room.message.pressSequentially('/re');
    await expect(list).toBeVisible();
    await room.page.keyboard.press('Escape');
    await expect(list).toBeHidden();
    await expect(room.message).toHaveValue('/re');
    await room.message.pressSequentially('sults');
    await expect(list).toBeHidden();
    await room.message.fill('1/2 a tablet');
    await expect(list).toBeHidden();
    // A text that matches no reply is sent as a message.
    await room.message.fill('/2 tablets');
    await expect(room.page.getByText('No saved replies match')).toBeVisible();
    await room.page.keyboard.press('Enter');
    await room.expectTexts('/2 tablets');
});

test('button inserts a reply and keeps what was written', { tag: '@phone' }, async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await keep(doctor, 'Results', 'Your results are normal.');
    const room = await asDoctor(doctor, doctor.room(chat));
    await room.message.fill('Hello Ana,');
    const button = room.page.getByRole('button', { name: 'Saved replies' });
    await button.click();
    await room.page.getByRole('option', { name: /Results/ }).click();
    await expect(room.message).toHaveValue('Hello Ana, Your results are normal.');
    await expect(room.page.getByRole('listbox')).toBeHidden();
    await room.sendButton.click();
    await room.expectTexts('Hello Ana, Your results are normal.');
});

test('doctor creates, edits and deletes a saved reply', async ({
    clinic,
    asDoctor,
}) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { page, message } = await asDoctor(doctor, doctor.room(chat));
    await page.getByRole('button', { name: 'Saved replies' }).click();
    // Tests share the server, so replies of the clinic may exist.
    const link = page.getByRole('link', { name: 'Add saved replies' });
    await expect(link.or(page.getByRole('listbox'))).toBeVisible();
    await page.goto('/doctor/replies');
    await hydrated(page);
    await expectAccessible(page, 'saved replies');
    const add = page.getByRole('form', { name: 'Add a reply', exact: true });
    await add.getByRole('button', { name: 'Save' }).click();
    await expect(add.getByText('Please fill in this field.')).toHaveCount(2);
    await add.getByLabel('Title').fill('x'.repeat(95));
    await expect(add.locator('.field-note').getByText('5 characters left')).toBeVisible();
    await add.getByLabel('Title').fill('Fasting');
    await add.getByLabel('Text').fill('Nothing to eat, {patient}.');
    await add.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('heading', { name: 'Fasting' })).toBeVisible();
    await expect(add.getByLabel('Title')).toHaveValue('');
    const entry = page.getByRole('listitem').filter({ hasText: 'Nothing to eat' });
    await entry.getByText('Edit', { exact: true }).click();
    const change = page.getByRole('form', { name: 'Edit this reply' });
    await expect(change.getByLabel('Title')).toHaveValue('Fasting');
    await change.getByLabel('Title').fill('No breakfast');
    await change.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('heading', { name: 'No breakfast' })).toBeVisible();
    await page.reload();
    await hydrated(page);
    await expect(page.getByRole('heading', { name: 'No breakfast' })).toBeVisible();
    const ask = entry.locator('summary', { hasText: 'Delete' });
    await ask.click();
    await expect(entry.getByText('Delete this reply?')).toBeVisible();
    await entry.getByRole('button', { name: 'Cancel' }).click();
    await expect(entry.getByText('Delete this reply?')).toBeHidden();
    await expect(ask).toBeFocused();
    await ask.click();
    await entry.getByRole('button', { name: 'Delete' }).click();
    await expect(page.getByRole('heading', { name: 'No breakfast' })).toHaveCount(0);
    await expect(message).toHaveCount(0);
});

test('failed list says so and can be tried again', async ({ clinic, asDoctor, guard }) => {
    guard.expectStatus(503, '/fn/clinic/replies');
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await keep(doctor, 'Results', 'Your results are normal.');
    const { page } = await asDoctor(doctor, doctor.room(chat));
    const problem = { code: 'unavailable', retry_after_s: 2 };
    await page.route('**/fn/clinic/replies', (route) => route.fulfill({ status: 503, json: problem }));
    await page.getByRole('button', { name: 'Saved replies' }).click();
    await expect(page.getByText("The clinic's server is busy. Please try again in a moment.")).toBeVisible();
    await page.unroute('**/fn/clinic/replies');
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByRole('option', { name: /Results/ })).toBeVisible();
});

test('patient has no saved replies', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const room = await asPatient(ana, ana.room(chat));
    await expect(room.page.getByRole('button', { name: 'Saved replies' })).toHaveCount(0);
    await room.send('/results please');
    await room.expectTexts('/results please');
    expect((await ana.api.get('/api/saved-replies')).status()).toBe(403);
});
