// Two servers on one PostgreSQL without a bus: users of one server receive what users of the other
// send.
import { expect, test } from '../support/fixtures.ts';

test('members on two servers read, unsend and close live', { tag: '@slow' }, async ({
    server,
    onPostgres,
    clinic,
    asPatient,
    asDoctor,
    guard,
}) => {
    test.skip(!onPostgres, 'a SQLite file belongs to one server');
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    // The other server stops before its page closes.
    guard.expectNoNetwork();
    const other = await server.beside();
    // Without a bus, each server polls the database.
    const soon = { timeout: 15_000 };
    try {
        const patient = await asPatient(ana, ana.room(chat));
        const theirs = await asDoctor(doctor, other.url + doctor.room(chat));
        await patient.send('Is it serious?');
        await theirs.expectTexts('Is it serious?');
        await theirs.send('No, it is not');
        await patient.expectTexts('Is it serious?', 'No, it is not');
        await expect(theirs.entry('No, it is not').locator('.delivery')).toHaveText(/^Read/, soon);
        await theirs.choose('No, it is not', 'Unsend');
        await theirs.log.getByRole('button', { name: 'Unsend', exact: true }).click();
        await expect(patient.page.getByText('No, it is not')).toHaveCount(0);
        const close = { act: 'close', reason: 'All is well.' };
        expect((await doctor.api.post(`${other.url}/api/chats/${chat}/standing`, { data: close })).status()).toBe(200);
        await expect(patient.page.getByText('All is well.')).toBeVisible(soon);
        await expect(patient.message).toHaveCount(0);
    } finally {
        await other.stop();
    }
});
