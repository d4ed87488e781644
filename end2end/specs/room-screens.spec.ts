// Pictures of a room in all its states and of every kind of message. Not part of a test run.
import type { Page } from '@playwright/test';
import { expect } from '../support/fixtures.ts';
import { readAll, test, underEveryLook, unseen } from '../support/screens.ts';
import { Scroll } from '../support/scroll.ts';

const DIARY = [
    'Monday: it began after lunch.',
    'I lay down for an hour, and it went away.',
    'Tuesday: nothing until the evening.',
    'Then both sides, and my eyes were tired.',
    'I had two cups of coffee and a sandwich.',
    'Wednesday: none at all!',
    'I slept until nine that day.',
    'Thursday: again after lunch, on the left.',
    'My sister has the same, by the way.',
    'She takes magnesium for it. Should I?',
    'Friday: only a little, when I read.',
    'The light at work is very bright.',
    'I could ask for another desk.',
    'Saturday: a long walk, and no headache.',
    'On Sunday it came back in the evening.',
    'It was the first time that I felt sick, too.',
    'I drank a lot of water, as you said.',
    'It took three hours to go away.',
    'Today I feel well.',
    'Do you think it is the light?',
    'I have an eye test next Tuesday.',
    'Shall I keep the diary for another week?',
    'One more thing: the tablets are nearly gone.',
    'Thank you for your time!',
];

/** Holds matching requests back. The returned function lets them through or refuses them. */
async function holdBack(page: Page, what: string): Promise<(isRefused?: boolean) => void> {
    let decide: (isRefused: boolean) => void = () => {};
    const decided = new Promise<boolean>((resolve) => (decide = resolve));
    await page.route(what, async (route) => {
        const busy = { status: 503, json: { code: 'unavailable', retry_after_s: 2 } };
        await ((await decided) ? route.fulfill(busy) : route.continue());
    });
    return (isRefused = false) => decide(isRefused);
}

underEveryLook(() => {
    test('pictures show reading', async ({ pair: { nora, elena, chat }, asDoctor, asPatient, shoot }) => {
        await nora.say(chat, ...DIARY);
        const room = await asDoctor(elena, elena.room(chat));
        await room.page.getByRole('separator').filter({ hasText: 'New messages' }).waitFor();
        await room.newest.filter({ hasText: 'new messages' }).waitFor();
        await shoot(room.page, '32-new-messages');
        await room.newest.click();
        await expect(room.bubble('Thank you for your time!')).toBeInViewport();
        await room.page.getByRole('button', { name: 'Mark as read' }).waitFor();
        await shoot(room.page, '33-unread-above');
        await room.page.getByRole('button', { name: 'Mark as read' }).click();
        await room.page.getByRole('button', { name: 'Mark as read' }).waitFor({ state: 'hidden' });
        await new Scroll(room).to(0.5);
        await expect(room.newest).toHaveText(/newest messages$/);
        await shoot(room.page, '34-scrolled-up');
        const theirs = await asPatient(nora, nora.room(chat));
        await nora.say(chat, 'Are you there?', 'It has begun again.');
        await expect(room.newest).toHaveText('2 new messages');
        await shoot(room.page, '35-scrolled-up-new-messages');
        await expect(theirs.bubble('It has begun again.')).toBeInViewport();
        await room.message.pressSequentially('I am');
        await theirs.page.getByText(`${elena.name} is typing…`).waitFor();
        await shoot(theirs.page, '36-is-writing');
    });

    test('pictures show earlier messages loading', async ({ pair: { nora, elena, chat }, asPatient, shoot }) => {
        await nora.say(chat, ...DIARY, ...DIARY, ...DIARY);
        await readAll(chat, nora, elena);
        const room = await asPatient(nora, nora.room(chat));
        const letThrough = await holdBack(room.page, '**/fn/message/history**');
        await new Scroll(room).to(0);
        await expect(room.page.getByText('Loading earlier messages…')).toBeInViewport();
        await shoot(room.page, '37-earlier-messages');
        letThrough();
    });

    test('pictures show empty, loading and failed rooms', async ({ clinic, pair, asPatient, asDoctor, shoot }) => {
        const { nora, elena } = pair;
        const [tomas, samuel] = [await clinic.patient('Tomás Herrera'), await clinic.doctor('Dr. Samuel Okafor')];
        const empty = await asPatient(nora, nora.room(await nora.initiate(samuel)));
        await empty.page.getByText('Describe what you need help with.').waitFor();
        await shoot(empty.page, '38-empty-room');
        const theirs = await asDoctor(elena, elena.room(await tomas.initiate(elena)));
        await theirs.page.getByText('started this chat but has not written yet.').waitFor();
        await shoot(theirs.page, '39-empty-room-doctor');
        const view = await asPatient(nora);
        const decide = await holdBack(view.page, '**/fn/room/open*');
        await view.row(elena.name).click();
        await view.page.getByRole('status', { name: 'Loading…' }).waitFor();
        await shoot(view.page, '40-room-loading');
        decide(true);
        await view.page.getByRole('alert').filter({ hasText: 'Something went wrong' }).waitFor();
        await shoot(view.page, '41-room-failed');
    });

    test('pictures show loading and failed lists', async ({ busy: { baseURL, nora, elena }, asPatient, shoot }) => {
        // Follows a link from a page without a list, so the browser loads the list, not the server.
        const view = await asPatient(nora, '/nowhere', { baseURL });
        const decide = await holdBack(view.page, '**/fn/chat/list*');
        await view.page.getByRole('link', { name: 'Go to the home page' }).click();
        await view.chats.getByRole('status', { name: 'Loading…' }).waitFor();
        await view.chatWith(elena.name).waitFor();
        await shoot(view.page, '42-chats-loading');
        decide(true);
        await view.chats.getByRole('button', { name: 'Try again' }).waitFor();
        await shoot(view.page, '43-chats-failed');
    });

    test('pictures show an ended session', async ({ pair: { nora, elena, chat }, asPatient, shoot }) => {
        const room = await asPatient(nora, nora.room(chat));
        // Waits until the socket is open.
        await elena.say(chat, 'I will look at it tomorrow.');
        await room.bubble('I will look at it tomorrow.').waitFor();
        await nora.api.delete('/api/session');
        await room.page.getByText('You have been signed out.').waitFor();
        await shoot(room.page, '44-signed-out');
    });

    test('pictures show an outdated page', async ({ pair: { nora, chat }, asPatient, shoot }) => {
        const room = await asPatient(nora, nora.room(chat), {
            before: (page) =>
                page.routeWebSocket(/\/ws$/, (socket) => {
                    const server = socket.connectToServer();
                    server.onMessage((data) => socket.send(String(data).replace(/"protocol":\d+/, '"protocol":99')));
                }),
        });
        await room.page.getByText('Bedside has been updated.').waitFor();
        await shoot(room.page, '45-outdated');
    });

    test('pictures show restored records', async ({ pair: { nora, chat }, server, asPatient, shoot }) => {
        test.slow();
        await server.stop();
        await server.saveBackup();
        await server.startAgain();
        const room = await asPatient(nora, nora.room(chat));
        await room.send('I have kept it for a week now.');
        await room.expectAllSent();
        await server.stop();
        await server.restoreBackup();
        await server.startAgain();
        await room.page.getByText('The clinic restored an older copy of its records.').waitFor();
        await room.banner.waitFor({ state: 'hidden' });
        await shoot(room.page, '46-records-restored');
    });

    test('pictures show writing', async ({ pair: { elena, chat }, asDoctor, shoot }) => {
        for (const [title, content] of [
            ['Blood pressure diary', 'Dear {patient}, please measure your blood pressure every morning for a week, sitting, before breakfast.'],
            ['Book a visit', 'Please call reception at +34 900 123 456.'],
            ['Results', 'Your results are normal.'],
        ]) {
            await elena.api.post('/api/saved-replies', { data: { title, content } });
        }
        const room = await asDoctor(elena, elena.room(chat));
        await room.message.pressSequentially('/');
        await room.page.getByRole('option', { name: /Results/ }).waitFor();
        await shoot(room.page, '47-saved-replies-picker');
        await room.message.fill('/nothing like this');
        await room.page.getByText('No saved replies match').waitFor();
        await shoot(room.page, '48-saved-replies-none-fits');
        await room.message.fill('Please read this. '.repeat(556));
        await room.page.getByText('8 characters too long').waitFor();
        await shoot(room.page, '49-message-too-long');
    });

    test('pictures show every kind of message', async ({ pair: { nora, elena, chat }, asPatient, shoot }) => {
        const advice = 'Please lie down for half an hour after lunch, in a dark room, and drink a glass of water first. ';
        await elena.say(chat, `${advice.repeat(6)}\n\n- no coffee after noon\n- a walk every day\n- eight hours of sleep\n\n${advice.repeat(12)}`);
        await readAll(chat, nora, elena);
        const room = await asPatient(nora, nora.room(chat));
        await room.bubble('no coffee after noon').waitFor();
        await shoot(room.page, '50-long-message');
        await nora.say(
            chat,
            '🙏',
            'Danke! 😊 👩🏽‍⚕️ 1️⃣',
            'Hämatokritbestimmungslaborwertabweichungsmitteilungsformular',
            'صباح الخير يا دكتورة، عندي صداع منذ يوم الاثنين (37.5°).',
        );
        await elena.say(
            chat,
            'בוקר טוב, נורה. Ibuprofen 400 mg, פעמיים ביום.',
            'On 2026-11-25 at 10:30, 2 x 500 mg. Call +34 900 123 456, or read https://example.org/headache/diary/what-to-write-down-and-when?lang=en&page=2#week',
        );
        await readAll(chat, nora, elena);
        await room.bubble('example.org').waitFor();
        await expect(room.bubble('example.org')).toBeInViewport();
        await shoot(room.page, '51-all-sorts-of-text');
    });

    test('pictures show a jump to a date', async ({ busy: { baseURL, nora, chat }, asPatient, shoot }) => {
        const room = await asPatient(nora, nora.room(chat), { baseURL, before: unseen });
        // The highlight of a message fades, except with reduced motion.
        await room.page.emulateMedia({ reducedMotion: 'reduce' });
        const day = new Date(Date.now() - 2.4 * 86_400_000).toISOString().slice(0, 10);
        await room.page.getByLabel('Jump to a date').fill(day);
        await room.log.locator('.pointed-at').waitFor();
        await shoot(room.page, '52-jump-to-date');
    });
});
