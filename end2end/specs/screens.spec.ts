// Pictures of the main pages and their features. Not part of a test run.
import { hydrated } from '../support/fixtures.ts';
import { EntryPage, accountButton } from '../support/pages.ts';
import { test, underEveryLook, unseen } from '../support/screens.ts';
import { tapped } from '../support/socket.ts';

underEveryLook(() => {
    test('pictures show the pages of a stranger', async ({ demo: { baseURL }, browse, shoot }) => {
        const page = await (await browse({ baseURL })).newPage();
        const visit = async (path: string) => {
            await page.goto(path);
            await hydrated(page);
        };
        await visit('/sign-in');
        await shoot(page, '01-sign-in');
        await visit('/create-account');
        await shoot(page, '02-create-account');
        await new EntryPage(page).createAccount('Nora Lindqvist', 'new@demo.example', 'short');
        await page.getByText('Please use 15 characters or more.').waitFor();
        await shoot(page, '03-create-account-refused');
        await visit('/nowhere');
        await shoot(page, '04-not-found');
        await accountButton(page).click();
        await shoot(page, '05-settings');
    });

    test('pictures show the pages of a patient', async ({ demo: { baseURL, nora }, asPatient, shoot }) => {
        const view = await asPatient(nora, nora.home, { baseURL, before: unseen });
        await shoot(view.page, '06-directory');
        await view.search.fill('nobody of this name');
        await view.noResults.waitFor();
        await shoot(view.page, '07-directory-no-results');
        await view.page.goto(nora.home);
        await hydrated(view.page);
        await view.rows.first().click();
        await view.message.waitFor();
        await shoot(view.page, '08-patient-room');
    });

    test('pictures show the states of a message', async ({ pair: { nora, chat }, asPatient, shoot }) => {
        const { before, tap } = tapped();
        const room = await asPatient(nora, nora.room(chat), { before });
        const { page, log } = room;
        await room.openOptions(log.locator('.message.own').last());
        await shoot(page, '13-message-options');
        await room.options.getByRole('button', { name: 'Unsend' }).click();
        await shoot(page, '14-take-back');
        await room.options.getByRole('button', { name: 'Keep message' }).click();
        await room.openOptions(log.locator('.message:not(.own)').last());
        await log.getByRole('button', { name: 'Reply' }).click();
        await shoot(page, '15-answering');
        await room.send('Thank you, that is clear.');
        await room.expectAllSent();
        await room.choose('Thank you, that is clear.', 'Correct');
        await room.send('Thank you, that is clear now.');
        await room.expectAllSent();
        await room.send('Sorry, this was meant for my sister.');
        await room.expectAllSent();
        await room.choose('Sorry, this was meant for my sister.', 'Unsend');
        await log.getByRole('button', { name: 'Unsend', exact: true }).click();
        await log.getByText('You unsent this message').waitFor();
        await shoot(page, '16-answered-corrected-unsent');
        tap().refuse('unavailable');
        await room.send('Could you look at my last results?');
        await log.getByText('Not sent').waitFor();
        await shoot(page, '09-not-sent');
        await log.getByRole('button', { name: 'Discard' }).click();
        await page.context().setOffline(true);
        await room.banner.waitFor();
        await room.send('Written without a connection');
        await log.getByText('Sending…').waitFor();
        await shoot(page, '10-offline');
    });

    test('pictures show an emergency', async ({ pair: { nora, chat }, asPatient, shoot }) => {
        const room = await asPatient(nora, nora.room(chat));
        // Waits until the phrases are loaded.
        await room.page.waitForFunction(() =>
            performance.getEntriesByType('resource').some((entry) => entry.name.endsWith('/fn/clinic/safety')),
        );
        await room.send('I have chest pain since this morning');
        await room.page.getByRole('alert').filter({ hasText: 'If this is an emergency' }).waitFor();
        await shoot(room.page, '30-emergency');
    });

    test('pictures show the pages of a doctor', async ({ demo: { baseURL, elena }, asDoctor, isPhone, shoot }) => {
        const view = await asDoctor(elena, elena.home, { baseURL });
        const { page } = view;
        const [dialog, words] = [page.getByRole('dialog'), page.getByLabel('Search for')];
        await shoot(page, '11-doctor-home');
        // A phone has no keyboard shortcuts.
        for (const [keys, name] of isPhone ? [] : ([['Control+k', '17-switch'], ['Shift+?', '18-shortcuts']] as const)) {
            // A single key is a shortcut only when the page has the focus.
            await view.rows.first().focus();
            await page.keyboard.press(keys);
            await dialog.waitFor();
            await shoot(page, name);
            await page.keyboard.press('Escape');
            await dialog.waitFor({ state: 'hidden' });
        }
        await view.rows.first().click();
        await view.message.waitFor();
        await shoot(page, '12-doctor-room');
        await page.getByRole('button', { name: 'Search this chat' }).click();
        await words.fill('the');
        await dialog.getByRole('link').first().waitFor();
        await shoot(page, '19-search');
        await words.fill('nothing like this');
        await page.getByText('No results').waitFor();
        await shoot(page, '20-search-nothing');
        for (const [path, name] of [['replies', '27-saved-replies-page'], ['settings', '28-doctor-settings'], ['notifications', '29-notifications']]) {
            await page.goto(`/doctor/${path}`);
            await hydrated(page);
            await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
            await shoot(page, name ?? '');
        }
    });

    test('pictures show what a doctor does with a chat', async ({ pair: { nora, elena, chat }, asDoctor, shoot }) => {
        await nora.say(chat, 'I will. Thank you!');
        const { page, message } = await asDoctor(elena, elena.room(chat));
        const [options, dialog] = [page.getByLabel('Chat options'), page.getByRole('dialog')];
        await page.getByRole('button', { name: 'No reply needed' }).click();
        await page.getByText('Marked as done').waitFor();
        await shoot(page, '25-doctor-line');
        await page.getByRole('button', { name: 'Saved replies' }).click();
        await page.getByText('No saved replies yet').waitFor();
        await shoot(page, '26-saved-replies-none');
        await page.keyboard.press('Escape');
        await options.click();
        await shoot(page, '21-chat-options');
        await page.getByRole('button', { name: 'Report to the clinic' }).click();
        await dialog.waitFor();
        await shoot(page, '24-report');
        await dialog.getByRole('button', { name: 'Close' }).click();
        await options.click();
        await page.getByRole('button', { name: 'Close chat' }).click();
        await dialog.getByLabel('Reason (shown to the patient)').fill('All is well. Come by in spring.');
        await shoot(page, '22-close-chat');
        await dialog.getByRole('button', { name: 'Close chat' }).click();
        await page.getByText('You closed this chat on').waitFor();
        await message.waitFor({ state: 'hidden' });
        await shoot(page, '23-closed');
    });

    test('pictures show the page of an admin', async ({ demo: { baseURL, robin }, visitAs, shoot }) => {
        const page = await visitAs(robin, robin.home, { baseURL });
        await page.getByText('Nobody is waiting too long').waitFor();
        await shoot(page, '31-admin');
    });
});
