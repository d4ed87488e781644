// A clinic with default limits: people do not reach them, and an outbox that does loses nothing.
import { EntryPage, PatientPage } from '../support/pages.ts';
import { PASSWORD, expect, hydrated, test } from '../support/fixtures.ts';
import { Proxy } from '../support/socket.ts';

test.use({ limitScale: '1' });

test('new patient talks with a doctor within default limits', async ({ page, clinic, asDoctor }) => {
    const doctor = await clinic.doctor();
    const name = `Ana ${clinic.word()}`;
    const theirs = await asDoctor(doctor);
    await page.goto('/create-account');
    await hydrated(page);
    await new EntryPage(page).createAccount(name, clinic.email(), PASSWORD);
    await expect(page).toHaveURL('/patient');
    await hydrated(page);
    const patient = new PatientPage(page);
    await patient.search.fill(doctor.name);
    await patient.chatWith(doctor.name).click();
    await patient.send('Good morning, my knee hurts.');
    await theirs.row(name).click();
    const said = ['Good morning, my knee hurts.'];
    for (let turn = 1; turn <= 10; turn++) {
        await theirs.send(`Question ${turn}`);
        await patient.send(`Answer ${turn}`);
        said.push(`Question ${turn}`, `Answer ${turn}`);
    }
    for (const text of said) {
        await expect(patient.bubble(text).last()).toBeAttached();
        await expect(theirs.bubble(text).last()).toBeAttached();
    }
    await patient.expectAllSent();
    await theirs.expectAllSent();
    await patient.signOut();
    await expect(page).toHaveURL('/sign-in');
});

test('outbox over the limit waits and is sent in order', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const proxy = new Proxy();
    const room = await asPatient(ana, ana.room(chat), { before: proxy.before });
    const typed = Array.from({ length: 40 }, (_, index) => `Message ${index + 1}`);
    for (const text of typed) {
        await room.send(text);
    }
    proxy.isOpen = true;
    await room.page.reload();
    await expect(room.log.getByText('Waiting: too many messages at once.').first()).toBeVisible();
    await expect(room.log.getByText('Waiting:')).toHaveCount(0, { timeout: 30_000 });
    await room.expectAllSent();
    await room.expectTexts(...typed);
    expect((await doctor.messages(chat)).map((message) => message.content)).toEqual(typed);
});
