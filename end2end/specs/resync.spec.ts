// Coming back: after silence, after sleep, after thousands of messages, and to a server that forgot.
import { expect, hydrated, test } from '../support/fixtures.ts';
import { tapped, withClock } from '../support/socket.ts';

for (const [how, event] of [
    ['looks at a page', 'focus'],
    ['shows a tab', 'visibilitychange'],
    ['has a network again in a page', 'online'],
] as const) {
    test(`whoever ${how} with a dead socket is not kept waiting`, async ({ clinic, asPatient, guard }) => {
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

test('a page restored from the back-forward cache catches up', async ({ clinic, asPatient }) => {
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

test('a server restored from an older backup is told apart, and the page shows what it has', { tag: '@slow' }, async ({ clinic, server, asPatient, asDoctor, guard }) => {
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
        const notice = view.page.getByText('The clinic went back to an older copy of its records.');
        await expect(notice).toBeVisible({ timeout: 20_000 });
        await view.expectTexts('In the backup');
    }
    await other.send('Written since');
    await patient.expectTexts('In the backup', 'Written since');
    await patient.page.getByRole('button', { name: 'Understood' }).click();
    await expect(patient.page.getByText('The clinic went back')).toHaveCount(0);
    await patient.page.reload();
    await hydrated(patient.page);
    await patient.expectTexts('In the backup', 'Written since');
});
