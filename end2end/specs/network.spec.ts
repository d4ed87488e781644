// Bad networks: nothing is lost, doubled or out of order, and the page says how it stands.
import { expect, test } from '../support/fixtures.ts';

test('cut off, the page says so; back, everything arrives once and in order', async ({ clinic, asPatient, guard }) => {
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

test('the list catches up too after being cut off', { tag: '@slow' }, async ({ clinic, asDoctor, guard }) => {
    guard.expectNoNetwork();
    const [doctor, ana, ben] = [await clinic.doctor(), await clinic.patient(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    await ana.say(chat, 'Hello');
    const home = await asDoctor(doctor);
    await home.expectUnread(ana.name, 1);
    await home.page.context().setOffline(true);
    await expect(home.banner).toBeVisible();
    const other = await ben.initiate(doctor);
    await ben.say(other, 'I am new');
    await ana.say(chat, 'Newest');
    await home.page.context().setOffline(false);
    await expect(home.rows).toContainText([ana.name, ben.name]);
    await expect(home.row(ana.name)).toContainText('Newest');
    await home.expectUnread(ana.name, 2);
    await home.expectUnread(ben.name, 1);
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`the page recovers by itself when the server is restarted (${signal})`, { tag: signal === 'SIGKILL' ? '@slow' : [] }, async ({ clinic, server, asPatient, asDoctor, guard }) => {
        guard.expectNoNetwork();
        const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
        const chat = await ana.initiate(doctor);
        const patient = await asPatient(ana, ana.room(chat));
        const theirs = await asDoctor(doctor, doctor.room(chat));
        await patient.send('Before');
        await theirs.expectTexts('Before');
        // Or it is the second that says so.
        await patient.expectAllSent();
        await server.stop(signal);
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
}

test('a draft stays in its chat and survives a look into another', { tag: '@slow' }, async ({ clinic, asPatient }) => {
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

test('a tab shown again after sleep catches up without a reload', { tag: '@slow' }, async ({ clinic, asPatient }) => {
    const [doctor, ana] = [await clinic.doctor(), await clinic.patient()];
    const chat = await ana.initiate(doctor);
    const sockets: { close(): Promise<void> }[] = [];
    const room = await asPatient(ana, ana.room(chat), {
        before: async (page) => {
            await page.routeWebSocket(/\/ws$/, (socket) => {
                socket.connectToServer();
                sockets.push({ close: () => socket.close() });
            });
        },
    });
    await doctor.say(chat, 'One');
    await room.expectTexts('One');
    // The socket died unnoticed meanwhile; the page is told that it is being looked at.
    await sockets[0]?.close();
    await doctor.say(chat, 'Two');
    await room.page.evaluate(() => {
        window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
        window.dispatchEvent(new Event('focus'));
    });
    await room.expectTexts('One', 'Two');
    await expect(room.banner).toBeHidden();
});
