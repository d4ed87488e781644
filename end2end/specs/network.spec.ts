// Bad networks: no message is lost, doubled or out of order, and the page shows the connection.
import { expect, test } from '../support/fixtures.ts';

test('messages arrive once and in order after a lost connection', async ({ clinic, asPatient, guard }) => {
    guard.expectNoNetwork();
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const room = await asPatient(ana, ana.room(chat));
    await room.send('Before');
    await room.expectAllSent();
    await expect(room.banner).toBeHidden();

    await room.page.context().setOffline(true);
    await expect(room.banner).toBeVisible();
    await expect(room.banner).toContainText(/No connection since \d{1,2}:\d{2}/);
    await room.send('Typed while cut off');
    await expect(room.message).toHaveValue('');
    await expect(room.log.getByText('Sending…')).toBeVisible();
    await doctor.say(chat, 'Reply 1', 'Reply 2', 'Reply 3');
    await expect(room.texts).toHaveText(['Before', 'Typed while cut off']);

    await room.page.context().setOffline(false);
    await room.expectTexts('Before', 'Reply 1', 'Reply 2', 'Reply 3', 'Typed while cut off');
    await expect(room.banner).toBeHidden();
    await room.expectAllSent();
    await expect(room.log.getByText('Sent', { exact: true })).toHaveCount(1);
    expect((await doctor.messages(chat)).map((message) => message.content)).toEqual([
        'Before',
        'Reply 1',
        'Reply 2',
        'Reply 3',
        'Typed while cut off',
    ]);
});

test('page recovers when the server restarts', async ({ clinic, server, asPatient, asDoctor, guard }) => {
    guard.expectNoNetwork();
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const patient = await asPatient(ana, ana.room(chat));
    const theirs = await asDoctor(doctor, doctor.room(chat));
    await patient.send('Before');
    await theirs.expectTexts('Before');
    // Otherwise the status could belong to the second message.
    await patient.expectAllSent();
    await server.stop();
    await expect(patient.banner).toBeVisible();
    await expect(theirs.banner).toBeVisible();
    await patient.send('Typed without a server');
    await expect(patient.log.getByText('Sending…')).toBeVisible();
    await server.startAgain();
    await expect(patient.banner).toBeHidden({ timeout: 20_000 });
    await expect(theirs.banner).toBeHidden({ timeout: 20_000 });
    await theirs.expectTexts('Before', 'Typed without a server');
    await patient.expectAllSent();
    await patient.expectTexts('Before', 'Typed without a server');
    await theirs.send('After');
    await patient.expectTexts('Before', 'Typed without a server', 'After');
});

test('draft stays in its chat when another chat is opened', { tag: '@slow' }, async ({ clinic, asPatient }) => {
    const [doctor, other, ana] = [await clinic.doctor(), await clinic.doctor(), await clinic.patient()];
    const [chat, second] = [await ana.initiate(doctor), await ana.initiate(other)];
    const room = await asPatient(ana, ana.room(chat));
    await room.message.fill('Half a tho');
    await room.row(other.name).click();
    await expect(room.page).toHaveURL(ana.room(second));
    await expect(room.page.getByRole('heading', { level: 1, name: other.name })).toBeVisible();
    await expect(room.message).toHaveValue('');
    await room.page.goBack();
    await expect(room.page).toHaveURL(ana.room(chat));
    await expect(room.message).toHaveValue('Half a tho');
});
