// Every message ends as Sent or Not sent; what was not sent can be tried again, copied or discarded.
import { tapped, withClock } from '../support/socket.ts';
import { expect, test } from '../support/fixtures.ts';

test('a refused message says Not sent, and Retry sends it once', async ({ clinic, asPatient }) => {
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
    // What is stored comes before what is not, whenever it was typed.
    await doctor.say(chat, 'Later');
    await room.expectTexts('Later', 'Please arrive');
    tap().accept();
    await room.log.getByRole('button', { name: 'Retry' }).click();
    await expect(room.log.getByText('Sent', { exact: true })).toBeVisible();
    await expect(room.log.getByText('Not sent')).toHaveCount(0);
    await room.expectTexts('Later', 'Please arrive');
    expect((await doctor.messages(chat)).map((message) => message.content)).toEqual(['Later', 'Please arrive']);
});

test('Discard removes it, and later messages go out', async ({ clinic, asPatient }) => {
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

test('an answer that got lost does not send the message twice', async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const { before, tap } = tapped();
    const room = await asPatient(ana, ana.room(chat), { before: withClock(before) });
    tap().hold();
    await room.send('Only once');
    await expect.poll(() => tap().count('send')).toBe(1);
    // No answer: it is handed over once more, with the same client id.
    await expect(async () => {
        await room.page.clock.runFor(2_000);
        expect(tap().count('send')).toBeGreaterThan(1);
    }).toPass();
    tap().release();
    await expect(room.log.getByText('Sent', { exact: true })).toBeVisible();
    await room.expectTexts('Only once');
    expect(await doctor.messages(chat)).toHaveLength(1);
});

test('without a connection for long, it says Not sent, and sends it when the connection is back', async ({ clinic, asPatient, guard }) => {
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
