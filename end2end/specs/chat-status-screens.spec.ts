// Pictures of the states of a chat: waiting, closed, blocked, answered automatically. Not part of a
// test run.
import { expect } from '../support/fixtures.ts';
import { act, alarm, awayFor, setDoctor, test, underEveryLook, unseen } from '../support/screens.ts';

underEveryLook(() => {
    test('pictures show a waiting patient', async ({ pair: { nora, elena, chat }, asPatient, asDoctor, shoot }) => {
        await nora.say(chat, 'Is it serious?');
        const room = await asPatient(nora, nora.room(chat));
        const line = room.page.getByText(`In ${elena.name}'s inbox since`);
        await line.filter({ hasText: 'not opened yet' }).waitFor();
        await shoot(room.page, '53-waiting-not-opened');
        await asDoctor(elena, elena.room(chat));
        await line.filter({ hasText: /opened \d/ }).waitFor();
        await shoot(room.page, '54-waiting-opened');
    });

    test('pictures show an automatic reply', async ({ pair: { nora, elena, chat }, asPatient, asDoctor, shoot }) => {
        await setDoctor(elena, { away: awayFor(6, 'Dr. Samuel Okafor is here for me. Please write to him if it gets worse.') });
        const room = await asPatient(nora, nora.room(chat));
        await room.send('Is it serious?');
        await room.log.getByText('Your doctor is not available right now.').waitFor();
        await room.page.getByText(`In ${elena.name}'s inbox since`).waitFor();
        await shoot(room.page, '55-automatic-reply');
        const home = await asDoctor(elena);
        await expect(home.row(nora.name)).toContainText('Is it serious?');
        await shoot(home.page, '56-automatic-reply-doctor-list');
        await home.row(nora.name).click();
        await home.log.getByText('Your doctor is not available right now.').waitFor();
        await shoot(home.page, '57-automatic-reply-doctor-room');
    });

    test('pictures show urgent messages', async ({ pair: { nora, elena, chat }, asPatient, asDoctor, shoot }) => {
        await alarm(nora, chat, 'I have chest pain since this morning.');
        const theirs = await asDoctor(elena, elena.room(chat));
        await theirs.log.getByText('Urgent').first().waitFor();
        await shoot(theirs.page, '58-urgent-doctor-room');
        const room = await asPatient(nora, nora.room(chat));
        await room.log.getByText('Urgent').first().waitFor();
        await shoot(room.page, '59-urgent-room');
    });

    test("pictures show a doctor's inbox", async ({ busy: { baseURL, samuel, late }, asDoctor, shoot }) => {
        const home = await asDoctor(samuel, samuel.home, { baseURL, before: unseen });
        const part = (name: string) => home.chats.getByRole('button', { name });
        await home.row('Tomás Herrera').filter({ hasText: 'Waiting too long' }).waitFor();
        await shoot(home.page, '60-inbox');
        await part('Archived').click();
        await home.row('Jonas Berg').waitFor();
        await shoot(home.page, '61-inbox-archived');
        await part('Done').click();
        await home.row('Ibrahim Haddad').waitFor();
        await shoot(home.page, '62-inbox-done');
        await home.page.goto(samuel.room(late));
        await home.page.getByRole('button', { name: 'No reply needed' }).waitFor();
        await home.page.locator('.chat-status').getByText('Waiting too long').waitFor();
        await shoot(home.page, '63-waiting-too-long');
    });

    test('pictures show an empty inbox', async ({ pair: { elena }, clinic, asDoctor, shoot }) => {
        const home = await asDoctor(await clinic.doctor('Dr. Hana Novák', 'Paediatrics'));
        await home.chats.getByText('No patients have written yet.').waitFor();
        await shoot(home.page, '64-inbox-empty');
        const theirs = await asDoctor(elena);
        await theirs.chats.getByRole('button', { name: 'Archived' }).click();
        await theirs.chats.getByText('No chats here').waitFor();
        await shoot(theirs.page, '65-inbox-nothing-archived');
    });

    test('pictures show a closed chat', async ({ pair: { nora, elena, chat }, asPatient, shoot }) => {
        const reason = 'The headaches are gone. Get well soon, and come by in spring for a check-up!';
        await act(elena, chat, { act: 'close', reason, mayReopen: true });
        const room = await asPatient(nora, nora.room(chat));
        await room.page.getByRole('button', { name: 'Reopen' }).waitFor();
        await shoot(room.page, '66-closed');
        await act(elena, chat, { act: 'reopen' });
        await room.message.waitFor();
        await act(elena, chat, { act: 'close', reason: 'You have moved to another clinic.', mayReopen: false });
        await room.page.getByText('If you still need help').waitFor();
        await shoot(room.page, '67-closed-for-good');
    });

    test('pictures show a blocked and a reported chat', async ({ pair: { nora, elena, chat }, asPatient, asDoctor, shoot }) => {
        const { page } = await asPatient(nora, nora.room(chat));
        const dialog = page.getByRole('dialog');
        await page.getByLabel('Chat options').click();
        await page.getByRole('button', { name: 'Report to the clinic' }).click();
        await dialog.getByLabel(/What happened\?/).fill('He was rude.');
        await dialog.getByRole('button', { name: 'Send report' }).click();
        await dialog.getByText("Your report was sent to the clinic's administrator.").waitFor();
        await shoot(page, '68-report-sent');
        await page.keyboard.press('Escape');
        await page.getByLabel('Chat options').click();
        await page.getByRole('button', { name: 'Block', exact: true }).click();
        await dialog.getByRole('button', { name: 'Block', exact: true }).waitFor();
        await shoot(page, '69-block-question');
        await dialog.getByRole('button', { name: 'Block', exact: true }).click();
        await page.getByText(`You blocked ${elena.name}.`).waitFor();
        await shoot(page, '70-blocked');
        const theirs = await asDoctor(elena, elena.room(chat));
        await theirs.page.getByText('This chat is unavailable right now.').waitFor();
        await shoot(theirs.page, '71-blocked-by-the-other');
    });
});
