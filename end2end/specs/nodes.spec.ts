// Two servers on one PostgreSQL, with nothing between them but the database: whoever is at the other one misses nothing.
import { expect, test } from '../support/fixtures.ts';

test('a patient at one server and a doctor at another talk, and see each other read, take back and close', { tag: '@slow' }, async ({
    server,
    onPostgres,
    clinic,
    asPatient,
    asDoctor,
    guard,
}) => {
    test.skip(!onPostgres, 'a file belongs to one server');
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    // The other server goes before its page.
    guard.expectNoNetwork();
    const other = await server.beside();
    // Without a bus between them, servers look at the database now and then.
    const soon = { timeout: 15_000 };
    try {
        const patient = await asPatient(ana, ana.room(chat));
        const theirs = await asDoctor(doctor, other.url + doctor.room(chat));
        await patient.send('Is it serious?');
        await theirs.expectTexts('Is it serious?');
        await theirs.send('No, it is not');
        await patient.expectTexts('Is it serious?', 'No, it is not');
        await expect(theirs.entry('No, it is not').locator('.delivery')).toHaveText(/^Read/, soon);
        await theirs.choose('No, it is not', 'Take back');
        await theirs.log.getByRole('button', { name: 'Take back', exact: true }).click();
        await expect(patient.page.getByText('No, it is not')).toHaveCount(0);
        const close = { act: 'close', reason: 'All is well.' };
        expect((await doctor.api.post(`${other.url}/api/chats/${chat}/standing`, { data: close })).status()).toBe(200);
        await expect(patient.page.getByText('All is well.')).toBeVisible(soon);
        await expect(patient.message).toHaveCount(0);
    } finally {
        await other.stop();
    }
});
