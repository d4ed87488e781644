// Coming back: after silence, after sleep, after thousands of messages, and to a server that forgot.
import { randomUUID } from 'node:crypto';
import { expect, hydrated, test } from '../support/fixtures.ts';
import { tapped, withClock } from '../support/socket.ts';

test('a network that swallows everything is noticed, and the page says since when', { tag: '@slow' }, async ({ clinic, asPatient, guard }) => {
    guard.expectNoNetwork();
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { before, tap } = tapped();
    const room = await asPatient(ana, ana.room(chat), { before: withClock(before) });
    await doctor.say(chat, 'Live');
    await room.expectTexts('Live');
    tap().mute();
    // Two heartbeats of 25 s.
    await room.page.clock.runFor(50_000);
    await expect(room.banner).toBeVisible();
    await doctor.say(chat, 'Said meanwhile');
    tap().unmute();
    await expect(async () => {
        await room.page.clock.runFor(5_000);
        await expect(room.banner).toBeHidden({ timeout: 500 });
    }).toPass();
    await room.expectTexts('Live', 'Said meanwhile');
});

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

test('after a thousand missed messages the newest come first, by pages', { tag: '@slow' }, async ({ clinic, asPatient, guard }) => {
    guard.expectNoNetwork();
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const room = await asPatient(ana, ana.room(chat));
    await doctor.say(chat, 'The first');
    await room.expectTexts('The first');
    await room.page.context().setOffline(true);
    await expect(room.banner).toBeVisible();
    let next = 0;
    const say = async () => {
        while (next < 1_000) {
            next += 1;
            const data = { clientId: randomUUID(), content: `Missed ${next}` };
            await doctor.api.post(`/api/chats/${chat}/messages`, { data });
        }
    };
    await Promise.all(Array.from({ length: 16 }, say));
    const sizes: number[] = [];
    room.page.on('response', async (response) => {
        sizes.push((await response.body().catch(() => Buffer.alloc(0))).length);
    });
    await room.page.context().setOffline(false);
    await expect(room.banner).toBeHidden();
    const newest = (await doctor.messages(chat)).at(-1)?.content ?? '';
    await expect(room.bubble(newest).last()).toBeVisible();
    await expect(room.texts).toHaveCount(50);
    // Earlier ones on demand, without a hole.
    await room.page.getByRole('link', { name: 'Earlier messages' }).click();
    const newest200 = (await doctor.messages(chat)).map((message) => message.content);
    await expect(async () => {
        // To get to the link is to scroll up, which may fetch a page by itself.
        const shown = await room.texts.allTextContents();
        expect(shown.length).toBeGreaterThanOrEqual(100);
        expect(shown.length).toBeLessThanOrEqual(200);
        expect(shown).toEqual(newest200.slice(-shown.length));
    }).toPass();
    expect(Math.max(...sizes)).toBeLessThan(64 * 1024);
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
