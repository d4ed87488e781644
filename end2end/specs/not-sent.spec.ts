// Every message ends as Sent or Not sent. A message that is not sent can be retried, copied or
// discarded.
import { tapped, withClock } from '../support/socket.ts';
import { expect, test } from '../support/fixtures.ts';

test('refused message says Not sent and Retry sends it once', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { before, tap } = tapped();
    const room = await asPatient(ana, ana.room(chat), { before });
    tap().refuse('unavailable');
    await room.send('Please arrive');
    await expect(room.log.getByText('Not sent')).toBeVisible();
    for (const name of ['Retry', 'Copy', 'Discard']) {
        await expect(room.log.getByRole('button', { name })).toBeVisible();
    }
    expect(await doctor.messages(chat)).toHaveLength(0);
    // Stored messages come before messages that are not stored, whenever they were typed.
    await doctor.say(chat, 'Later');
    await room.expectTexts('Later', 'Please arrive');
    tap().accept();
    await room.log.getByRole('button', { name: 'Retry' }).click();
    await expect(room.log.getByText('Sent', { exact: true })).toBeVisible();
    await expect(room.log.getByText('Not sent')).toHaveCount(0);
    await room.expectTexts('Later', 'Please arrive');
    expect((await doctor.messages(chat)).map((message) => message.content)).toEqual(['Later', 'Please arrive']);
});

test('Discard removes a message and later ones are sent', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { before, tap } = tapped();
    const room = await asPatient(ana, ana.room(chat), { before });
    tap().refuse('unavailable');
    await room.send('Never mind');
    await room.log.getByRole('button', { name: 'Discard' }).click();
    await expect(room.texts).toHaveCount(0);
    tap().accept();
    await room.send('This one');
    await room.expectTexts('This one');
    await room.expectAllSent();
    await room.page.reload();
    await room.expectTexts('This one');
});

test('Copy puts the text on the clipboard and says so', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { before, tap } = tapped();
    const permissions = ['clipboard-read', 'clipboard-write'];
    const room = await asPatient(ana, ana.room(chat), { before, permissions });
    tap().refuse('unavailable');
    await room.send('Copy me\nplease');
    await room.log.getByRole('button', { name: 'Copy' }).click();
    await expect(room.log.getByRole('button', { name: 'Copied' })).toBeVisible();
    await expect.poll(() => room.page.evaluate(() => navigator.clipboard.readText())).toBe('Copy me\nplease');
});

test('lost answer does not send a message twice', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { before, tap } = tapped();
    const room = await asPatient(ana, ana.room(chat), { before: withClock(before) });
    tap().hold();
    await room.send('Only once');
    await expect.poll(() => tap().count('send')).toBe(1);
    // Without an answer, the page sends it again with the same client id.
    await expect(async () => {
        await room.page.clock.runFor(2_000);
        expect(tap().count('send')).toBeGreaterThan(1);
    }).toPass();
    tap().release();
    await expect(room.log.getByText('Sent', { exact: true })).toBeVisible();
    await room.expectTexts('Only once');
    expect(await doctor.messages(chat)).toHaveLength(1);
});

test('message says Not sent after long offline, then is sent', async ({ clinic, asPatient, guard }) => {
    guard.expectNoNetwork();
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const room = await asPatient(ana, ana.room(chat), { before: (page) => page.clock.install() });
    await room.send('Connected');
    await room.expectAllSent();
    await room.page.context().setOffline(true);
    await expect(room.banner).toBeVisible();
    await room.send('Patience');
    await expect(async () => {
        await room.page.clock.runFor(10_000);
        await expect(room.log.getByText('Not sent')).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 15_000 });
    await room.page.context().setOffline(false);
    await expect(room.banner).toBeHidden();
    await room.expectTexts('Connected', 'Patience');
    await room.expectAllSent();
    expect(await doctor.messages(chat)).toHaveLength(2);
});
