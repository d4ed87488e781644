// Chat status: whose turn it is, done, closed, blocked, archived; and what the patient sees of it.
import { expect, hydrated, test } from '../support/fixtures.ts';

test('waiting patients come first and the counts follow', async ({ clinic, asDoctor }) => {
    const doctor = await clinic.doctor();
    const [ana, ben, eva] = [await clinic.patient(), await clinic.patient('Ben Ode'), await clinic.patient('Eva Lund')];
    const [anas, bens, evas] = [await ana.initiate(doctor), await ben.initiate(doctor), await eva.initiate(doctor)];
    await ana.say(anas, 'First to ask');
    await ben.say(bens, 'Second to ask');
    await eva.say(evas, 'Answered already');
    await doctor.say(evas, 'So it is');
    const home = await asDoctor(doctor);
    const part = (name: string) => home.page.getByRole('group', { name: 'Show' }).getByRole('button', { name });
    await expect(home.rows).toContainText([ana.name, 'Ben Ode', 'Eva Lund']);
    await expect(part('Waiting on you')).toHaveText('Waiting on you 2');
    await expect(part('Waiting on patient')).toHaveText('Waiting on patient 1');
    // The answer moves the chat to another part, live.
    await doctor.say(anas, 'Come at ten');
    await expect(part('Waiting on you')).toHaveText('Waiting on you 1');
    await expect(home.rows).toContainText(['Ben Ode', ana.name, 'Eva Lund']);
    await part('Waiting on patient').click();
    await expect(home.rows).toContainText([ana.name, 'Eva Lund']);
    await part('Done').click();
    await expect(home.chats.getByText('No chats here')).toBeVisible();
});

test('longest wait is on top of a list longer than a page', { tag: '@slow' }, async ({ clinic, asDoctor }) => {
    test.slow();
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    await ana.say(await ana.initiate(doctor), 'I have waited longest');
    for (let count = 0; count < 50; count += 1) {
        const other = await clinic.patient(`Ben ${count}`);
        const chat = await other.initiate(doctor);
        await other.say(chat, 'I came later');
        await doctor.say(chat, 'Answered at once');
    }
    const home = await asDoctor(doctor);
    await expect(home.rows.first()).toContainText(ana.name);
    await expect(home.rows.nth(50)).toContainText('Ben');
});

test('doctor marks a chat as done with a key and undoes it', async ({ clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Thank you!');
    const room = await asDoctor(doctor, doctor.room(chat));
    const page = room.page;
    await expect(page.getByRole('button', { name: 'No reply needed' })).toBeVisible();
    // The key is no shortcut in the composer.
    await room.message.press('e');
    await expect(room.message).toHaveValue('e');
    await room.message.fill('');
    await room.log.click();
    await page.keyboard.press('e');
    await expect(page.getByText('Marked as done')).toBeVisible();
    await expect(room.chats.getByRole('button', { name: 'Done' })).toHaveText('Done 1');
    await page.reload();
    await hydrated(page);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(room.chats.getByRole('button', { name: 'Waiting on you' })).toHaveText('Waiting on you 1');
    // Users of voice control can turn single keys off.
    await page.keyboard.press('?');
    await page.getByLabel('Use single-key shortcuts').uncheck();
    await page.keyboard.press('Escape');
    await room.log.click();
    await page.keyboard.press('e');
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog')).toBeHidden();
    await expect(page.getByText('Marked as done')).toBeHidden();
});

test('shortcut list shows doctor keys to doctors only', async ({ clinic, asPatient, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    for (const [view, count] of [
        [await asPatient(ana), 0],
        [await asDoctor(doctor), 1],
    ] as const) {
        await view.account.click();
        await view.page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
        const keys = view.page.getByRole('dialog').locator('kbd');
        await expect(keys.filter({ hasText: /^\?$/ })).toHaveCount(1);
        await expect(keys.filter({ hasText: /^E$/ })).toHaveCount(count);
    }
});

test('patient sees where the question is and if it was opened', async ({ clinic, asPatient, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const patient = await asPatient(ana, ana.room(chat));
    await patient.send('Is it serious?');
    const line = patient.page.getByText(`In ${doctor.name}'s inbox since`);
    await expect(line).toContainText('not opened yet');
    const theirs = await asDoctor(doctor, doctor.room(chat));
    await expect(line).toContainText(/opened \d{1,2}:\d\d/);
    await theirs.send('No');
    await expect(line).toBeHidden();
});

test('doctor closes a chat and the patient reopens it', async ({ clinic, asPatient, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'All good now');
    const patient = await asPatient(ana, ana.room(chat));
    const theirs = await asDoctor(doctor, doctor.room(chat));
    const options = theirs.page.getByLabel('Chat options');
    await options.click();
    await theirs.page.getByRole('button', { name: 'Close chat' }).click();
    const dialog = theirs.page.getByRole('dialog', { name: 'Close chat' });
    await dialog.getByLabel('Reason (shown to the patient)').fill('Get well soon!');
    await dialog.getByRole('button', { name: 'Close chat' }).click();
    await expect(dialog).toBeHidden();
    await expect(theirs.page.getByText('You closed this chat on')).toBeVisible();
    await expect(theirs.message).toBeHidden();
    await expect(patient.page.getByText(`${doctor.name} closed this chat on`)).toBeVisible();
    await expect(patient.page.getByText('Reason: Get well soon!')).toBeVisible();
    await expect(patient.message).toBeHidden();
    await patient.page.getByRole('button', { name: 'Reopen' }).click();
    await patient.send('One more question');
    await theirs.expectTexts('All good now', 'One more question');
    await expect(theirs.message).toBeVisible();
});

test('member reports and blocks a chat, which ends it for both', async ({ clinic, asPatient, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Hello');
    const patient = await asPatient(ana, ana.room(chat));
    const theirs = await asDoctor(doctor, doctor.room(chat));
    await patient.page.getByLabel('Chat options').click();
    await patient.page.getByRole('button', { name: 'Report to the clinic' }).click();
    const dialog = patient.page.getByRole('dialog');
    await dialog.getByLabel(/What happened\?/).fill('He was rude.');
    await dialog.getByRole('button', { name: 'Send report' }).click();
    await expect(dialog.getByText("Your report was sent to the clinic's administrator.")).toBeVisible();
    await patient.page.keyboard.press('Escape');
    await patient.page.getByLabel('Chat options').click();
    await patient.page.getByRole('button', { name: 'Block', exact: true }).click();
    await dialog.getByRole('button', { name: 'Block', exact: true }).click();
    await expect(patient.page.getByText(`You blocked ${doctor.name}.`)).toBeVisible();
    await expect(theirs.page.getByText('This chat is unavailable right now.')).toBeVisible();
    await expect(theirs.page.getByText('blocked')).toBeHidden();
    await expect(theirs.message).toBeHidden();
    await patient.page.getByRole('button', { name: 'Unblock' }).click();
    await expect(theirs.message).toBeVisible();
});

test('archived chat returns with the next message', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Hello');
    const patient = await asPatient(ana, ana.room(chat));
    await patient.page.getByLabel('Chat options').click();
    const isDone = patient.page.waitForResponse('**/fn/chat/act');
    await patient.page.getByRole('button', { name: 'Archive', exact: true }).click();
    await isDone;
    await patient.page.goto('/patient');
    await hydrated(patient.page);
    await expect(patient.row(doctor.name)).toBeHidden();
    await patient.chats.getByRole('button', { name: 'Archived' }).click();
    await expect(patient.row(doctor.name)).toBeVisible();
    await patient.chats.getByRole('button', { name: 'All' }).click();
    await expect(patient.row(doctor.name)).toBeHidden();
    await doctor.say(chat, 'How are you?');
    await expect(patient.row(doctor.name)).toBeVisible();
});

test('part lists all chats that it counts', async ({ clinic, asDoctor }) => {
    test.slow();
    const doctor = await clinic.doctor();
    const first = await clinic.patient();
    const done = await first.initiate(doctor);
    await first.say(done, 'Thank you');
    await doctor.api.post(`/api/chats/${done}/standing`, { data: { act: 'done', seq: 1 } });
    // More chats than the first page of the list.
    for (let count = 0; count < 52; count += 1) {
        const patient = await clinic.patient();
        await patient.initiate(doctor);
    }
    const home = await asDoctor(doctor);
    const part = home.chats.getByRole('button', { name: /^Done/ });
    await expect(part).toHaveText('Done 1');
    await expect(home.row(first.name)).toHaveCount(0);
    await part.click();
    await expect(home.row(first.name)).toBeVisible();
    await expect(home.rows).toHaveCount(1);
});
