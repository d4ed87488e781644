// A message with signs of an emergency is sent only after its writer has seen the emergency number.
// The comparison happens in the browser.
import { expectAccessible } from '../support/axe.ts';
import { expect, hydrated, test, type Person } from '../support/fixtures.ts';
import type { PatientPage } from '../support/pages.ts';

const ALARM = 'I have chest pain since this morning';

/** Writes a message after the page has loaded the phrases. */
async function write(room: PatientPage, text: string): Promise<void> {
    const isThere = () =>
        performance.getEntriesByType('resource').some((entry) => entry.name.endsWith('/fn/clinic/safety'));
    await expect.poll(() => room.page.evaluate(isThere)).toBe(true);
    await room.message.fill(text);
}

async function set(admin: Person, data: object): Promise<void> {
    expect((await admin.api.put('/api/clinic/safety', { data })).status()).toBe(200);
}

test('sign of an emergency is held until the patient confirms', async ({
    clinic,
    asPatient,
    asDoctor,
}) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const room = await asPatient(ana, ana.room(chat));
    await write(room, ALARM);
    const asked: string[] = [];
    room.page.on('request', (request) => {
        // A new connection loads the doctor's availability once more, whatever the text is.
        if (!request.url().endsWith('/fn/chat/show') || /chest|pain/i.test(request.postData() ?? '')) {
            asked.push(request.url());
        }
    });
    await room.sendButton.click();
    const panel = room.page.getByRole('alert').filter({ hasText: 'If this is an emergency' });
    await expect(panel).toBeFocused();
    await expect(panel).toContainText('Your message has not been sent yet.');
    await expectAccessible(room.page, 'whom to call');
    await expect(room.texts).toHaveCount(0);
    expect(asked, 'nothing of the comparison goes anywhere').toEqual([]);
    await panel.getByRole('button', { name: 'Send anyway' }).click();
    await expect(panel).toBeHidden();
    await room.expectTexts(ALARM);
    await room.expectAllSent();
    await expect(room.message).toHaveValue('');
    await expect(room.message).toBeFocused();
    const [message] = (await ana.messages(chat)) as { isUrgent?: boolean }[];
    expect(message?.isUrgent).toBe(true);
    const theirs = await asDoctor(doctor, doctor.room(chat));
    await theirs.expectTexts(ALARM);
    await expect(theirs.entry(ALARM).getByText('Urgent', { exact: true })).toBeVisible();
    await theirs.page.goto('/doctor');
    await hydrated(theirs.page);
    await expect(theirs.page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: ana.name })).toContainText('Urgent');
});

test('patient edits a held message and harmless text is sent', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const room = await asPatient(ana, ana.room(chat));
    const panel = room.page.getByRole('alert').filter({ hasText: 'If this is an emergency' });
    await write(room, ALARM);
    await room.sendButton.click();
    await panel.getByRole('button', { name: 'Edit' }).click();
    await expect(panel).toBeHidden();
    await expect(room.message).toBeFocused();
    await expect(room.message).toHaveValue(ALARM);
    await room.page.keyboard.press('Enter');
    await expect(panel).toBeFocused();
    await room.page.keyboard.press('Escape');
    await expect(panel).toBeHidden();
    await expect(room.message).toHaveValue(ALARM);
    await room.message.fill('It is better now, thank you');
    await room.sendButton.click();
    await room.expectTexts('It is better now, thank you');
    const [message] = (await ana.messages(chat)) as { isUrgent?: boolean }[];
    expect(message?.isUrgent).toBeUndefined();
    // A correction is checked too, against the phrases of all languages.
    await room.choose('It is better now, thank you', 'Correct');
    await room.message.fill('No puedo respirar');
    await room.sendButton.click();
    await expect(panel).toBeFocused();
    await panel.getByRole('button', { name: 'Send anyway' }).click();
    await expect(room.log.getByText('No puedo respirar')).toBeVisible();
});

test('message is sent when the safety phrases fail to load', async ({ clinic, asPatient, guard }) => {
    guard.expectStatus(503, '/fn/clinic/safety');
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const problem = { code: 'unavailable', retry_after_s: 2 };
    const room = await asPatient(ana, ana.room(chat), {
        before: (page) => page.route('**/fn/clinic/safety', (route) => route.fulfill({ status: 503, json: problem })),
    });
    await room.send(ALARM);
    await room.expectTexts(ALARM);
});

test('emergency number is a link in the room and the warning', async ({ clinic, asPatient }) => {
    const [doctor, ana, admin] = [await clinic.doctor(), await clinic.patient(), await clinic.admin()];
    const chat = await ana.initiate(doctor);
    const room = await asPatient(ana, ana.room(chat));
    await expect(room.page.getByText('Not for emergencies.').filter({ visible: true }).first()).toBeVisible();
    await set(admin, { emergencyNumber: '+34 112' });
    try {
        await room.page.reload();
        await hydrated(room.page);
        const line = room.page.getByRole('link', { name: "If it can't wait, call +34 112." });
        await expect(line.filter({ visible: true }).first()).toHaveAttribute('href', 'tel:+34112');
        await write(room, ALARM);
        await room.sendButton.click();
        const call = room.page.getByRole('link', { name: 'If this is an emergency, call +34 112 now.' });
        await expect(call).toHaveAttribute('href', 'tel:+34112');
    } finally {
        await set(admin, { emergencyNumber: null });
    }
});

test('doctor messages are not held back', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const room = await asDoctor(doctor, doctor.room(chat));
    await room.send('Do you have chest pain?');
    await room.expectTexts('Do you have chest pain?');
});
