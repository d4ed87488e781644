// A page resynchronizes after a dead socket, after sleep, and with a server restored from a backup.
import { expect, hydrated, test } from '../support/fixtures.ts';
import { tapped, withClock } from '../support/socket.ts';

for (const event of ['focus', 'visibilitychange', 'online'] as const) {
    test(`page replaces a dead socket on ${event}`, async ({ clinic, asPatient, guard }) => {
        guard.expectNoNetwork();
        const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
        const chat = await ana.initiate(doctor);
        const { before, tap } = tapped();
        const room = await asPatient(ana, ana.room(chat), { before: withClock(before) });
        await doctor.say(chat, 'Live');
        await room.expectTexts('Live');
        tap().muteThisOne();
        await doctor.say(chat, 'Said meanwhile');
        await room.page.clock.runFor(2_000);
        await room.page.evaluate((event) => {
            const target = event === 'visibilitychange' ? document : window;
            target.dispatchEvent(new Event(event, { bubbles: true }));
        }, event);
        await room.page.clock.runFor(6_000);
        await room.expectTexts('Live', 'Said meanwhile');
    });
}

test('page restored from the back-forward cache catches up', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { before, tap } = tapped();
    const room = await asPatient(ana, ana.room(chat), { before });
    await doctor.say(chat, 'Live');
    await room.expectTexts('Live');
    tap().muteThisOne();
    await doctor.say(chat, 'Said meanwhile');
    await room.page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
    await room.expectTexts('Live', 'Said meanwhile');
});

test('restored server is detected and the page shows its data', { tag: '@slow' }, async ({ clinic, server, asPatient, asDoctor, guard }) => {
    guard.expectNoNetwork();
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'In the backup');
    await server.stop();
    await server.saveBackup();
    await server.startAgain();
    const [patient, other] = [await asPatient(ana, ana.room(chat)), await asDoctor(doctor, doctor.room(chat))];
    await patient.send('After the backup');
    await other.expectTexts('In the backup', 'After the backup');
    await patient.expectAllSent();
    await server.stop();
    await server.restoreBackup();
    await server.startAgain();
    for (const view of [patient, other]) {
        const notice = view.page.getByText('The clinic restored an older copy of its records.');
        await expect(notice).toBeVisible({ timeout: 20_000 });
        await view.expectTexts('In the backup');
    }
    await other.send('Written since');
    await patient.expectTexts('In the backup', 'Written since');
    await patient.page.getByRole('button', { name: 'Got it' }).click();
    await expect(patient.page.getByText('The clinic restored')).toHaveCount(0);
    await patient.page.reload();
    await hydrated(patient.page);
    await patient.expectTexts('In the backup', 'Written since');
});
