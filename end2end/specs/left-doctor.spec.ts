// Disabled accounts: patients see at once that their doctor has left and where to go, and nobody
// waits without an end.
import { expectAccessible } from '../support/axe.ts';
import { expect, hydrated, test } from '../support/fixtures.ts';
import { tapped } from '../support/socket.ts';

test('disabled doctor is shown and the clinic closes the chat', async ({ server, clinic, asPatient, visitAs }) => {
    const [doctor, ana, admin] = [await clinic.doctor(), await clinic.patient(), await clinic.admin()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Is it serious?');
    const patient = await asPatient(ana, ana.room(chat));
    const { page } = patient;
    await patient.message.fill('Half a question');
    await server.setDisabled(doctor.id, true);
    // The open page shows it.
    await expect(page.getByText(`${doctor.name} no longer answers here`)).toBeVisible();
    await expect(patient.message).toBeHidden();
    await expect(page.getByText('inbox since')).toBeHidden();
    await expect(page.getByText('Not for emergencies.').last()).toBeVisible();
    await expectAccessible(page, 'a doctor who has left');
    await page.reload();
    await hydrated(page);
    await expect(page.getByText(`${doctor.name} no longer answers here`)).toBeVisible();
    await page.getByRole('link', { name: 'Find a doctor' }).click();
    await expect(page).toHaveURL('/patient');
    await expect(patient.row(doctor.name)).toContainText('No longer answers');

    const admins = await visitAs(admin);
    const entry = admins.locator('#waiting').getByRole('listitem').filter({ hasText: ana.name });
    await expect(entry).toContainText('Nobody will answer here');
    await entry.getByLabel('Reason (shown to the patient)').fill('Please write to another doctor.');
    await entry.getByRole('button', { name: 'Close chat' }).click();
    await expect(entry).toHaveCount(0);
    await page.goto(ana.room(chat));
    await hydrated(page);
    await expect(page.getByText('Reason: Please write to another doctor.')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Reopen' })).toHaveCount(0);
    // The chat stays closed when the doctor returns, and the page names the clinic.
    await server.setDisabled(doctor.id, false);
    await expect(page.getByText('The clinic closed this chat on')).toBeVisible();
});

test('pending message says why it was not sent', async ({ server, clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { before, tap } = tapped();
    const patient = await asPatient(ana, ana.room(chat), { before });
    tap().lose();
    await patient.send('Are you there?');
    await server.setDisabled(doctor.id, true);
    await expect(patient.message).toBeHidden();
    tap().find();
    await patient.page.reload();
    await hydrated(patient.page);
    await expect(patient.log.getByText('Not sent')).toBeVisible();
    await expect(patient.log).toContainText('This doctor no longer answers here.');
    await expect(patient.message).toBeHidden();
});

test("doctor sees that a patient's account is disabled", async ({ server, clinic, asDoctor }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Is it serious?');
    const room = await asDoctor(doctor, doctor.room(chat));
    await expect(room.message).toBeVisible();
    await server.setDisabled(ana.id, true);
    await expect(room.page.getByText(`${ana.name}'s account is disabled`)).toBeVisible();
    await expect(room.message).toBeHidden();
    await room.page.goto(doctor.home);
    await hydrated(room.page);
    await expect(room.row(ana.name)).toContainText('Account disabled');
    await expect(room.chats.getByRole('button', { name: /^Waiting on you/ })).toHaveText('Waiting on you 0');
    await server.setDisabled(ana.id, false);
    await expect(room.chats.getByRole('button', { name: /^Waiting on you/ })).toHaveText('Waiting on you 1');
});
